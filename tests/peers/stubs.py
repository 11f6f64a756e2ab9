"""Stands in for packages that the peers import but do not need for what is compared.

torchcrepe carries trained weights, and matplotlib draws training curves. What is used of a stand-in is an error.
rvc_python's own `__init__` loads its server and fairseq, which Python 3.11 cannot: its modules are found without it.
"""

import importlib.machinery
import importlib.util
import os
import sys
import types

ABSENT = ("torchcrepe", "matplotlib", "matplotlib.pylab")


class Absent(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuntimeError(f"{self.__name__}.{name} is used, but only a stand-in is here")


def install():
    """Puts the stand-ins where imports look, and forbids downloads."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    for name in ABSENT:
        module = Absent(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []
        sys.modules.setdefault(name, module)
        parent, _, child = name.rpartition(".")
        if parent:
            sys.modules[parent].__dict__[child] = module
    package = types.ModuleType("rvc_python")
    package.__spec__ = importlib.util.find_spec("rvc_python")
    package.__path__ = list(package.__spec__.submodule_search_locations)
    sys.modules.setdefault("rvc_python", package)
