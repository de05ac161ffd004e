import ArgumentParser
import Histogram
print("x")
