"""Prints the netCDF4 library's description of classic files.

usage: describe.py PATH...




JSON: per path {attributes, variables: [{name, attributes, dimensions, values}]}, or {error}.
"""

import json
import sys

import netCDF4


def describe(path):
    try:
        with netCDF4.Dataset(path) as f:
            f.set_auto_mask(False)
            variables = [
                {"name": name, "attributes": v.ncattrs(), "dimensions": v.dimensions, "values": v[...].tolist()}
                for name, v in f.variables.items()
            ]
            return {"attributes": f.ncattrs(), "variables": variables}
    except Exception as error:
        return {"error": str(error)}


json.dump([describe(path) for path in sys.argv[1:]], sys.stdout)
