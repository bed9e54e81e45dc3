"""Objects whose own methods must not be called: each of them would fail the handler."""

import datetime as dt
import sys
import types

CALLED = []


def _refuse(name):
    def method(self, *args, **kwargs):
        CALLED.append(name)
        raise RuntimeError(f"{name} must not be called")

    return method


_NAMES = """
__eq__ __ne__ __hash__ __repr__ __str__ __bytes__ __bool__ __len__ __iter__ __contains__
__getattr__ __getattribute__ __getitem__ __getstate__ __reduce_ex__ __int__ __index__
__float__ __fspath__ __call__ __dir__ __format__ keys values items fileno encode decode
hex bit_length as_tuple getstate isoformat timestamp _target name ident native_id
""".split()


class Meta(type):
    __getattr__ = __getattribute__ = _refuse("metaclass")
    __instancecheck__ = __subclasscheck__ = __eq__ = __hash__ = __repr__ = _refuse("metaclass")
    __dir__ = mro_entries = _refuse("metaclass")


def hostile(*bases):
    names = [name for name in _NAMES if name not in ("__getattribute__",) or not bases]
    return Meta("Hostile", bases, {name: _refuse(name) for name in names})


class Text(str):
    __len__ = __eq__ = __contains__ = __str__ = __repr__ = __getitem__ = _refuse("text")
    __hash__ = None
    encode = _refuse("text")
    __class__ = property(_refuse("class"))


class Data(bytes):
    __len__ = __eq__ = __contains__ = __bytes__ = __repr__ = __getitem__ = _refuse("data")


class Number(int):
    __eq__ = __repr__ = __str__ = __int__ = __index__ = __abs__ = __lt__ = __le__ = _refuse("int")
    bit_length = __float__ = _refuse("int")
    __hash__ = None


class Share(float):
    __eq__ = __repr__ = __str__ = __abs__ = __lt__ = __float__ = _refuse("float")
    __hash__ = None


class Table(dict):
    __iter__ = __len__ = __getitem__ = __contains__ = __eq__ = keys = values = items = _refuse("d")


class Row(list):
    __iter__ = __len__ = __getitem__ = __eq__ = __reversed__ = _refuse("list")


class Pair(tuple):
    __iter__ = __len__ = __getitem__ = __eq__ = _refuse("tuple")


class Names(set):
    __iter__ = __len__ = __contains__ = __eq__ = _refuse("set")


class Property:
    @property
    def connection(self):
        CALLED.append("property")
        raise RuntimeError("connects")

    __class__ = property(_refuse("class"))


class Descriptor:
    def __get__(self, instance, owner):
        CALLED.append("descriptor")
        raise RuntimeError("loads")

    def __getattr__(self, name):
        CALLED.append("attribute")
        raise RuntimeError(name)


class Uses:
    field = Descriptor()
    other = Property()


class LazyModule(types.ModuleType):
    __file__ = __file__

    def __getattribute__(self, name):
        CALLED.append(f"module {name}")
        raise RuntimeError(name)


class Proxy:
    __slots__ = ("_target",)

    def __getattribute__(self, name):
        CALLED.append(f"proxy {name}")
        raise RuntimeError(name)


class Key:
    def __hash__(self):
        return 7

    __eq__ = __repr__ = _refuse("key")


objects = [hostile()]
for kind in hostile(), hostile(str), hostile(dict), hostile(list), hostile(int), hostile(set):
    objects.append(type.__call__(kind))
text, data, number, share = Text("text"), Data(b"data"), Number(7), Share(0.5)
table, row, pair, names = Table(a=1), Row([1]), Pair((1,)), Names({1})
uses, lone, keys = Uses(), Property(), {Key(): 1}
sys.modules["lazy_module"] = lazy = LazyModule("lazy_module")
sys.modules["proxy_module"] = Proxy()
proxies = [Proxy(), Descriptor()]


class Zone(dt.tzinfo):
    utcoffset = dst = _refuse("time zone")


# Only here its own code is called; it is what makes a point in time of the others' numbers.
SOON = dt.datetime(2026, 1, 1, tzinfo=Zone())
nameless = {}
exec("class Nameless: pass\none = Nameless()", nameless)
bare = nameless["one"]


def strange():
    pass


strange.__module__ = []
strange.__defaults__ = (Proxy(),)


def handler(event, context):
    assert set(CALLED) <= {"time zone"}
    return True
