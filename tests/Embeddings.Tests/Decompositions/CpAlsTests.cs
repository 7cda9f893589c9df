namespace Dlrm.Embeddings.Tests.Decompositions;

/// <summary>CP by alternating least squares.</summary>
public sealed class CpAlsTests
{
    private const int Seed = 20210405;

    /// <summary>200 random tensors: the error never rises, from sweep to sweep or from rank to rank, and is that of the rebuilt tensor.</summary>
    [Fact]
    public void Decompose_TwoHundredRandomTensors_ErrorNeverRises()
    {
        Random random = new(Seed);
        for (int trial = 0; trial < 200; trial++)
        {
            int[] modes = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => random.Next(1, 6))];
            DenseTensor tensor = RandomTensors.Uniform(modes, random);
            double slack = 1e-10 * tensor.SumOfSquares();

            IReadOnlyList<CpTensor> found = CpAls.Decompose(tensor, [1, 2, 3, 5, 8], new CpAlsOptions { MostSweeps = 15 });

            double previous = tensor.SumOfSquares();
            foreach (CpTensor cp in found)
            {
                Assert.Equal(RandomTensors.SquaredDistance(cp.Rebuild(), tensor), cp.SquaredError, slack);
                foreach (double error in cp.Errors)
                {
                    Assert.True(error <= previous + slack, $"Trial {trial}, modes [{string.Join(", ", modes)}], rank {cp.CpRank}: {error} after {previous}.");
                    previous = error;
                }
            }
        }
    }

    /// <summary>Planted components are found from the singular vectors.</summary>
    [Theory]
    [InlineData(new[] { 9, 8, 7 }, 1)]
    [InlineData(new[] { 9, 8, 7 }, 3)]
    [InlineData(new[] { 8, 7, 6, 5 }, 4)]
    [InlineData(new[] { 12, 10 }, 5)]
    public void Decompose_PlantedTensor_IsFound(int[] modes, int rank)
    {
        DenseTensor planted = RandomTensors.Cp(modes, rank, new Random(Seed));

        CpTensor found = CpAls.Decompose(planted, [rank], new CpAlsOptions { MostSweeps = 2000, LeastSaving = 1e-7 })[0];

        Assert.InRange(found.SquaredError, 0, 1e-8 * planted.SumOfSquares());
    }

    /// <summary>A matrix at rank R: no worse than the singular values say, for CP of a matrix is its truncated singular value decomposition.</summary>
    [Fact]
    public void Decompose_Matrix_LosesTheDiscardedSingularValues()
    {
        DenseTensor matrix = RandomTensors.Uniform([12, 9], new Random(Seed));
        double[] values = [.. TuckerDecomposition.Of(matrix).Spectra[1]];

        IReadOnlyList<CpTensor> found = CpAls.Decompose(matrix, [2, 4, 9], new CpAlsOptions { MostSweeps = 500, LeastSaving = 1e-9 });

        Assert.All(found, cp => Assert.Equal(values.Skip(cp.CpRank).Sum(value => value * value), cp.SquaredError, 1e-6 * matrix.SumOfSquares()));
    }

    /// <summary>Two components that are the same: the normal equations are singular, the steps are not.</summary>
    [Fact]
    public void Decompose_MoreComponentsThanTheTensorHas_StaysFinite()
    {
        DenseTensor planted = RandomTensors.Cp([5, 4, 3], 1, new Random(Seed));

        CpTensor found = CpAls.Decompose(planted, [1, 40], new CpAlsOptions())[1];

        Assert.All(found.Factors, factor => Assert.All(factor, value => Assert.True(double.IsFinite(value))));
        Assert.InRange(found.SquaredError, 0, 1e-10 * planted.SumOfSquares());
    }

    /// <summary>The energy of a small change of a factor is the squared distance that it makes.</summary>
    [Fact]
    public void Energy_OfAChange_IsTheSquaredDistance()
    {
        Random random = new(Seed);
        CpTensor found = CpAls.Decompose(RandomTensors.Uniform([5, 4, 3], random), [3], new CpAlsOptions())[0];
        float[] change = [.. RandomTensors.Numbers(4 * 3, random).Select(value => (float)value)];
        CpTensor moved = found with { Factors = [found.Factors[0], [.. found.Factors[1].Zip(change, (a, b) => a + b)], found.Factors[2]] };

        Assert.Equal(RandomTensors.SquaredDistance(moved.Rebuild(), found.Rebuild()), found.Energy(1, change), 1e-9);
    }

    [Fact]
    public void Decompose_RanksThatDoNotRise_AreRefused() =>
        Assert.Contains("they must rise", Assert.Throws<ArgumentException>(() => CpAls.Decompose(RandomTensors.Uniform([3, 4], new Random(Seed)), [2, 2], new CpAlsOptions())).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_Defaults_AreThese() => Assert.Equal(new CpAlsOptions { MostSweeps = 50, LeastSaving = 1e-4, Seed = 20090906 }, new CpAlsOptions());
}
