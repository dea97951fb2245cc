"""One network of 26 numbers, taken apart: import the topic you need.

>>> from toynet.net import forward
"""
