"""Positions, changes and loops as people type them, into facts of the domain; and back into words.

Pure: a market as it was read is an argument. Raises `UserError` without an example: whoever called knows
which input works in that chat. Called by `handlers.commands`.
"""
