"""python -m wishes [--role api|worker|all] [migrate|redrive|openapi]"""

from chassis.run import main

from wishes.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
