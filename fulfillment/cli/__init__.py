"""The `fulfillment` command: one module for each noun, with its click command in `command`.

A module's name is the command's name, its docstring's first line stands in the list of commands, and it is
imported only when its command runs. `main`, `errors` and names with a leading underscore are no commands.
"""
