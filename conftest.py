"""`proof` and `bench` are folders named like the package inside them. Imported here first, so that
pytest does not take the folder for the package when it names a test module."""

import bench as bench
import proof as proof
