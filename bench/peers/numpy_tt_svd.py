"""TT-SVD of a matrix by numpy, as a textbook has it: python3 numpy_tt_svd.py FILE ROWS COLUMNS RANK I,I,I J,J,J REPEATS

FILE holds ROWS x COLUMNS float32 numbers. Prints the seconds of every repeat and, last, the relative error.
Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011, algorithm 1.
"""
import sys
import time

import numpy as np


def tt_svd(matrix, row_modes, column_modes, rank):
    order = len(row_modes)
    padded = np.zeros((int(np.prod(row_modes)), matrix.shape[1]), np.float32)
    padded[: len(matrix)] = matrix
    rest = padded.reshape(*row_modes, *column_modes).transpose([axis for k in range(order) for axis in (k, order + k)])
    cores, left = [], 1
    for k in range(order - 1):
        u, s, v = np.linalg.svd(rest.reshape(left * row_modes[k] * column_modes[k], -1), full_matrices=False)
        right = min(rank, len(s))
        cores.append(u[:, :right].reshape(left, row_modes[k], column_modes[k], right))
        rest, left = s[:right, None] * v[:right], right
    cores.append(rest.reshape(left, row_modes[-1], column_modes[-1], 1))
    return cores


def main():
    path, rows, columns, rank = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    row_modes, column_modes = ([int(mode) for mode in text.split(",")] for text in sys.argv[5:7])
    matrix = np.fromfile(path, np.float32).reshape(rows, columns)
    for _ in range(int(sys.argv[7])):
        start = time.perf_counter()
        cores = tt_svd(matrix, row_modes, column_modes, rank)
        print(time.perf_counter() - start)
    # Cores before the last are orthogonal from the left: the norm of the last is that of the tensor.
    kept = np.sum(cores[-1].astype(np.float64) ** 2) / np.sum(matrix.astype(np.float64) ** 2)
    print(np.sqrt(max(0.0, 1.0 - kept)))


main()
