"""python -m web"""

from chassis.run import main

from web.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
