"""python -m notifications [--role api|worker|all] [migrate|redrive|openapi]"""

from chassis.run import main

from notifications.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
