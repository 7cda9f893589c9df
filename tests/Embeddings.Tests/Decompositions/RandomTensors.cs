namespace Dlrm.Embeddings.Tests.Decompositions;

/// <summary>Tensors of known content for the tests of decompositions.</summary>
internal static class RandomTensors
{
    /// <summary>Entries uniform on ±1.</summary>
    internal static DenseTensor Uniform(int[] modes, Random random) => new(modes, Numbers(modes.Aggregate(1, (product, mode) => product * mode), random));

    /// <summary>A sum of products of uniform vectors, by the definition.</summary>
    internal static DenseTensor Cp(int[] modes, int rank, Random random)
    {
        double[][] factors = [.. modes.Select(mode => Numbers(mode * rank, random))];
        return Filled(modes, index => Enumerable.Range(0, rank).Sum(r => index.Select((n, k) => factors[k][(n * rank) + r]).Aggregate(1.0, (product, value) => product * value)));
    }

    /// <summary>A uniform core times a uniform matrix for every mode, by the definition.</summary>
    internal static DenseTensor Tucker(int[] modes, int[] ranks, Random random)
    {
        double[][] factors = [.. modes.Select((mode, k) => Numbers(mode * ranks[k], random))];
        DenseTensor core = Uniform(ranks, random);
        int[][] components = [.. Indices(ranks)];
        return Filled(modes, index => components.Select((r, place) => core.Values[place] * index.Select((n, k) => factors[k][(n * ranks[k]) + r[k]]).Aggregate(1.0, (product, value) => product * value)).Sum());
    }

    /// <summary>The sum of two tensors.</summary>
    internal static DenseTensor Sum(DenseTensor a, DenseTensor b, double scale) => new(a.Modes, [.. a.Values.Zip(b.Values, (x, y) => x + (scale * y))]);

    internal static double SquaredDistance(DenseTensor a, DenseTensor b) => a.Values.Zip(b.Values, (x, y) => (x - y) * (x - y)).Sum();

    internal static double[] Numbers(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 2) - 1)];

    private static DenseTensor Filled(int[] modes, Func<int[], double> entry) => new(modes, [.. Indices(modes).Select(entry)]);

    private static IEnumerable<int[]> Indices(int[] modes)
    {
        int count = modes.Aggregate(1, (product, mode) => product * mode);
        for (int place = 0; place < count; place++)
        {
            int[] index = new int[modes.Length];
            int rest = place;
            for (int k = modes.Length - 1; k >= 0; k--)
            {
                (rest, index[k]) = Math.DivRem(rest, modes[k]);
            }

            yield return index;
        }
    }
}
