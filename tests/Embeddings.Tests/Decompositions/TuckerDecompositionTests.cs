namespace Dlrm.Embeddings.Tests.Decompositions;

/// <summary>HOSVD and orthogonal iteration.</summary>
public sealed class TuckerDecompositionTests
{
    private const int Seed = 20210405;

    public static TheoryData<int[]> Modes => [[4, 5], [3, 4, 5], [7, 1, 3], [3, 2, 4, 3], [6, 5, 1, 2], [2, 3, 2, 2, 3]];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Truncate_FullRanks_ReproducesTheTensor(int[] modes)
    {
        DenseTensor tensor = RandomTensors.Uniform(modes, new Random(Seed));

        TuckerTensor full = TuckerDecomposition.Of(tensor).Truncate(modes);

        Assert.InRange(RandomTensors.SquaredDistance(full.Rebuild(), tensor), 0, 1e-24 * tensor.SumOfSquares() * modes.Length * 100);
    }

    /// <summary>The error by the sizes of the core is that of the rebuilt tensor, for the HOSVD and the iteration; the iteration is never worse, and neither rises with the ranks.</summary>
    [Fact]
    public void Improve_TwoHundredRandomTensors_IsNeverWorseThanTheHosvd()
    {
        Random random = new(Seed);
        int better = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            int[] modes = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => random.Next(2, 6))];
            DenseTensor tensor = RandomTensors.Uniform(modes, random);
            TuckerDecomposition decomposition = TuckerDecomposition.Of(tensor);
            (double previousCut, double previousImproved) = (double.PositiveInfinity, double.PositiveInfinity);
            for (int rank = 1; rank <= modes.Max(); rank++)
            {
                int[] ranks = [.. modes.Select(mode => Math.Min(mode, rank))];
                TuckerTensor cut = decomposition.Truncate(ranks);
                TuckerTensor improved = decomposition.Improve(ranks);
                double slack = 1e-12 * tensor.SumOfSquares();
                Assert.Equal(RandomTensors.SquaredDistance(cut.Rebuild(), tensor), cut.SquaredError, slack);
                Assert.Equal(RandomTensors.SquaredDistance(improved.Rebuild(), tensor), improved.SquaredError, slack);
                Assert.Equal(cut.SquaredError, decomposition.SquaredErrorOf(ranks), slack);
                Assert.True(improved.SquaredError <= cut.SquaredError + slack, $"Trial {trial}, ranks [{string.Join(", ", ranks)}]: iteration {improved.SquaredError}, HOSVD {cut.SquaredError}.");
                Assert.True(cut.SquaredError <= previousCut + slack, $"Trial {trial}: the HOSVD's error rises at ranks [{string.Join(", ", ranks)}].");
                Assert.True(improved.SquaredError <= (1.05 * previousImproved) + slack, $"Trial {trial}: the iteration's error rises from {previousImproved} to {improved.SquaredError} at ranks [{string.Join(", ", ranks)}].");
                (previousCut, previousImproved) = (cut.SquaredError, improved.SquaredError);
                better += improved.SquaredError < 0.999 * cut.SquaredError ? 1 : 0;
            }
        }

        Assert.True(better > 100, $"The iteration improved {better} tensors only.");
    }

    /// <summary>A planted tensor is found at its ranks; under noise what is lost is about the noise beyond the degrees of freedom.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Improve_PlantedTensor_IsFound(double noise)
    {
        Random random = new(Seed);
        int[] modes = [9, 8, 7, 4];
        DenseTensor planted = RandomTensors.Tucker(modes, [2, 3, 2, 2], random);
        DenseTensor tensor = RandomTensors.Sum(planted, RandomTensors.Uniform(modes, random), noise);

        TuckerDecomposition decomposition = TuckerDecomposition.Of(tensor);
        TuckerTensor found = decomposition.Improve([2, 3, 2, 2]);

        double lost = RandomTensors.SquaredDistance(tensor, planted);
        Assert.InRange(found.SquaredError, 0, lost + (1e-20 * tensor.SumOfSquares()));
        Assert.InRange(RandomTensors.SquaredDistance(found.Rebuild(), planted), 0, (0.1 * lost) + (1e-20 * tensor.SumOfSquares()));
        if (noise == 0)
        {
            Assert.All(decomposition.Spectra.Zip([2, 3, 2, 2]), pair => Assert.Equal(pair.Second, pair.First.Count(value => value > 1e-6 * pair.First[0])));
        }
    }

    /// <summary>The singular values of a matrix's two unfoldings are those of the matrix.</summary>
    [Fact]
    public void Spectra_OfAMatrix_AreItsSingularValues()
    {
        DenseTensor matrix = new([3, 2], [3, 0, 0, 4, 0, 0]);

        TuckerDecomposition decomposition = TuckerDecomposition.Of(matrix);

        Assert.Equal([4.0, 3.0, 0.0], decomposition.Spectra[0].Select(value => Math.Round(value, 12)));
        Assert.Equal([4.0, 3.0], decomposition.Spectra[1].Select(value => Math.Round(value, 12)));
    }

    [Fact]
    public void Truncate_RanksThatDoNotFit_AreRefused()
    {
        TuckerDecomposition decomposition = TuckerDecomposition.Of(RandomTensors.Uniform([3, 4], new Random(Seed)));

        Assert.Contains("don't fit modes [3, 4]", Assert.Throws<ArgumentException>(() => decomposition.Truncate([4, 2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => decomposition.Improve([2]));
    }

    /// <summary>A table's rows are the leading modes, and rows that are not there are zeros.</summary>
    [Fact]
    public void Read_TableWithPadding_PutsRowsBeforeColumns()
    {
        float[] table = [.. Enumerable.Range(1, 5 * 4).Select(value => (float)value)];

        DenseTensor tensor = DenseTensor.Read(new ArrayRows(table, 4), [2, 3], [2, 2]);

        Assert.Equal([2, 3, 2, 2], tensor.Modes);
        Assert.Equal([.. Enumerable.Range(1, 20).Select(value => (double)value), 0, 0, 0, 0], tensor.Values);
    }
}
