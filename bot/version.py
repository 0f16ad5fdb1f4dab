"""The program's version; a plain word, so that `underkeel version` opens no package metadata."""

VERSION = "0.1.0"
