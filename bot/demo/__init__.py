"""An episode played in the terminal: the first thing a newcomer sees. `bot.__main__` calls `show.run`.

A second, small composition root beside `bot.app`: it opens no network, and starts within a second.
"""
