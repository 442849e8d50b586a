"""The printer: PDF, ZPL and sheets of stickers from frozen dataclasses."""
