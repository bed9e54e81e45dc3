"""A handler from a package, whose modules import each other."""

from api.orders import handler as handler
