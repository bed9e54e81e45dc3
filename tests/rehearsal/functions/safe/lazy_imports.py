"""A module that is loaded at its first use, which is in the handler."""

import importlib.util
import sys


def lazily(name):
    spec = importlib.util.find_spec(name)
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


fractions = lazily("this")


def handler(event, context):
    return object.__getattribute__(fractions, "__class__").__name__ == "_LazyModule"
