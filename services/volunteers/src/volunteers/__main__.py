"""python -m volunteers [--role api|worker|all] [migrate|redrive|openapi|bootstrap|rotate-keys]"""

from chassis.run import main

from volunteers.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
