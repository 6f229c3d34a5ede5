"""python -m points [--role api|worker|all] [migrate|redrive|openapi|trial-balance]"""

from chassis.run import main

from points.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
