using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bayesian;

public sealed class BayesianTensorTests : IDisposable
{
    private const int Seed = 20210405;
    private static readonly RandomStream Stream = new(Seed, 0);
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Step_TwoPieces_SumsGradientsOfBothDraws()
    {
        int[] ranks = [1, 4, 6, 1];
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], ranks, initialDeviation: 0.3);
        tensor.BeginStep(Stream, pieces: 2);
        tensor.ClearGradient();
        double[] expected = new double[Shape(tensor).CoreLength(1)];
        for (int p = 0; p < 2; p++)
        {
            float[] gradient = Gradient(tensor, 1, scale: p + 1);
            tensor.FactorGradients()[1].CopyFrom(gradient);
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += gradient[i];
            }

            tensor.EndPiece(p);
        }

        Assert.Equal(expected.Sum(value => value * value), tensor.GradientSumOfSquares(), 1e-5 * expected.Sum(value => value * value));
    }

    [Fact]
    public void FitLost_HandWorkedChanges_IsTheScaledMeanAndTwoStandardErrors()
    {
        // Changes 1, 2, 3: mean 2, variance 1, standard error 1/√3.
        double lost = EvidencePruner.FitLost([1, 1, 1], [2, 3, 4], trainingSamples: 10);

        Assert.Equal(10 * (2 + (2 / Math.Sqrt(3))), lost, 1e-12);
    }

    [Fact]
    public void Load_RanksIntoAZeroTensor_IsRefused()
    {
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);
        MemoryState saved = new();
        tensor.Save(saved, StateParts.All);
        tensor.BecomeZero();

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => tensor.Load(saved, StateParts.All));

        Assert.Contains("load it into a new model", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ZeroTensor_IsZero()
    {
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);
        tensor.BecomeZero();
        MemoryState saved = new();
        tensor.Save(saved, StateParts.All);
        using BayesianTensor other = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);

        other.Load(saved, StateParts.All);

        Assert.True(other.IsZero);
        Assert.Equal(0, other.StoredElements);
    }

    private BayesianTensor Create(int[] rowModes, int[] columnModes, int[] ranks, double initialDeviation = 0.01)
    {
        long rows = rowModes.Aggregate(1L, (product, mode) => product * mode);
        return new BayesianTensor(
            _device, "t", new TtmFormat(new TtmShape(rows, rowModes, columnModes, ranks)), new OptimizerOptions { Kind = OptimizerKind.Adam }, new RankPriorOptions { InitialDeviation = initialDeviation }, Stream, 1);
    }

    private static TtmShape Shape(BayesianTensor tensor) => ((TtmFormat)tensor.Format).Shape;

    private static float[] Gradient(BayesianTensor tensor, int k, float scale)
    {
        float[] gradient = new float[Shape(tensor).CoreLength(k)];
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = scale * MathF.Sin(i + k);
        }

        return gradient;
    }
}
