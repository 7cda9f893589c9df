using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>How an existing model is compressed: to a number of bytes, or to an error.</summary>
public sealed record CompressionOptions
{
    /// <summary>Gets the bytes that the whole model may store; 0: as few as <see cref="Error"/> allows.</summary>
    /// <value>The default is 0.</value>
    public long Bytes { get; init; }

    /// <summary>Gets the largest ‖W − Ŵ‖ / ‖W‖ of every table, measured on the stored numbers, for which the smallest model is sought; null: <see cref="Bytes"/> decides.</summary>
    /// <value>The default is null.</value>
    public double? Error { get; init; }

    /// <summary>Gets the methods of which every table takes the best for the bytes; empty: all that are quick for a table of its size.</summary>
    /// <value>The default is empty.</value>
    public IReadOnlyList<CompressionMethod> Methods { get; init; } = [];

    /// <summary>Gets the storage types that are tried for rows and cores; the best pair is taken.</summary>
    /// <value>The default is float32, float16, int8 and int4.</value>
    public IReadOnlyList<StorageType> Storage { get; init; } = Enum.GetValues<StorageType>();

    /// <summary>Gets the storage type of the towers; null: the first of float32, float16 and int8 in which they take at most a quarter of the bytes, else int8;
    /// with <see cref="Error"/>, the last of the three that keeps every weight within it, else float32.</summary>
    public StorageType? TowerStorage { get; init; }

    /// <summary>Gets the largest TT rank that is tried.</summary>
    /// <value>The default is 64.</value>
    public int MaxRank { get; init; } = 64;

    /// <summary>Gets the number of row modes of a TT-matrix.</summary>
    /// <value>The default is 3.</value>
    public int Order { get; init; } = 3;

    /// <summary>Gets the rows up to which a table is not decomposed; its rows are stored.</summary>
    /// <value>The default is 100.</value>
    public long CompressAbove { get; init; } = 100;

    /// <summary>Gets the bytes that the decomposition of a table may use.</summary>
    /// <value>The default is 1 GiB.</value>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Gets the optimiser steps of a Bayesian fit.</summary>
    /// <value>The default is 3,000.</value>
    public int FitSteps { get; init; } = 3000;

    /// <summary>Gets the seed of sketches and fits.</summary>
    public ulong Seed { get; init; } = 20230516;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        if (Error is null == (Bytes == 0) || Bytes < 0)
        {
            problems.Add($"bytes is {Bytes} and error {Error?.ToString() ?? "null"}; give exactly one of them, bytes above 0 or an error.");
        }

        if (Error is double error && !(error >= 0 && error < 1))
        {
            problems.Add($"error is {error}; it must be in [0, 1).");
        }

        if (Storage.Count == 0)
        {
            problems.Add("storage is empty; it needs at least one type.");
        }

        foreach ((string name, long value) in ((string, long)[])[("maxRank", MaxRank), ("order", Order), ("memoryBytes", MemoryBytes), ("fitSteps", FitSteps)])
        {
            if (value < 1)
            {
                problems.Add($"{name} is {value}; it must be at least 1.");
            }
        }

        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }
}
