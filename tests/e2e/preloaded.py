"""Everything that `secondkey` may import, for processes that are forked off afterwards."""

import pkgutil
from importlib import import_module

import bot

for _module in pkgutil.walk_packages(bot.__path__, "bot."):
    import_module(_module.name)
