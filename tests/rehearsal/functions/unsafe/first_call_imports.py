"""The handler imports a library when it is called.

needs pandas
note late-import
"""


def handler(event, context):
    import pandas as pd

    return int(pd.Series([1, 2]).sum())
