using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>What every device's posterior draws and sums must fulfil.</summary>
public abstract class PosteriorDrawTests
{
    private static readonly RandomStream Stream = new(20201016, 7);

    public static TheoryData<int> Lengths => [0, 1, 7, 8, 9, 31, 32, 33, 511, 512, 513, 8191, 8193, 30000];

    /// <summary>Gets axes that are and are not periodic in a tile.</summary>
    public static TheoryData<int, int, int> Axes => new()
    {
        { 1, 1, 1 }, { 5, 3, 1 }, { 7, 16, 1 }, { 4, 8, 4 }, { 3, 13, 5 }, { 1, 4, 3000 }, { 5, 3, 1021 }, { 2, 1500, 1 }, { 3000, 16, 1 }, { 1, 1, 40001 },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void DrawPosterior_AnyLength_IsMeanPlusDeviationTimesNormal(int length)
    {
        using IDevice device = CreateDevice();
        float[] mean = Ttm.TtmCase.Uniform(length, 1);
        float[] rho = [.. Ttm.TtmCase.Uniform(length, 2).Select(x => (2 * x) - 3)];
        using DeviceBuffer<float> means = Upload(device, mean);
        using DeviceBuffer<float> deviations = Upload(device, rho);
        using DeviceBuffer<float> draw = Upload(device, [.. Enumerable.Repeat(-77f, length + 5)]);

        device.DrawPosterior(means, deviations, Stream, draw);

        float[] actual = draw.ToArray();
        float[] normals = new float[length];
        PhiloxKernels.Normal(Stream, 0, normals);
        for (int i = 0; i < length; i++)
        {
            double noise = Math.Exp((double)rho[i]) * normals[i];
            double expected = mean[i] + noise;
            RoundingBound.Check(expected, actual[i], (RoundingBound.Gamma(4) * Math.Abs(noise)) + (RoundingBound.Gamma(1) * Math.Abs(expected)), $"draw {i} of {length}");
        }

        Assert.All(actual[length..], value => Assert.Equal(-77f, value));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AccumulatePosteriorGradients_AnyLength_MatchesDefinition(int length)
    {
        using IDevice device = CreateDevice();
        float[][] start = [.. Enumerable.Range(0, 5).Select(seed => Ttm.TtmCase.Uniform(length, seed))];
        DeviceBuffer<float>[] buffers = [.. start.Select(values => Upload(device, values))];

        device.AccumulatePosteriorGradients(buffers[0], buffers[1], buffers[2], buffers[3], buffers[4]);

        float[] mean = buffers[3].ToArray();
        float[] rho = buffers[4].ToArray();
        for (int i = 0; i < length; i++)
        {
            double product = (double)start[0][i] * ((double)start[1][i] - start[2][i]);
            RoundingBound.Check((double)start[3][i] + start[0][i], mean[i], RoundingBound.Gamma(1) * 2, $"gradient of μ[{i}]");
            RoundingBound.Check(start[4][i] + product, rho[i], RoundingBound.Gamma(3) * (Math.Abs(start[4][i]) + Math.Abs(product)), $"gradient of ρ[{i}]");
        }

        Array.ForEach(buffers, buffer => buffer.Dispose());
    }

    [Theory]
    [MemberData(nameof(Axes))]
    public void SliceEnergies_AnyAxis_AreTheDirectSums(int outer, int size, int inner)
    {
        RankAxis axis = new(outer, size, inner);
        using IDevice device = CreateDevice();
        float[] mean = Ttm.TtmCase.Uniform(outer * size * inner, 1);
        float[] rho = [.. Ttm.TtmCase.Uniform(mean.Length, 2).Select(x => x - 1)];
        using DeviceBuffer<float> means = Upload(device, mean);
        using DeviceBuffer<float> deviations = Upload(device, rho);
        double[] energies = new double[size];
        double[] ofMeans = new double[size];
        double[] sums = new double[size];

        device.SliceEnergies(means, deviations, axis, energies);
        device.SliceEnergies(means, null, axis, ofMeans);
        device.SliceSums(deviations, axis, sums);

        (double[] squares, double[] variances, double[] rhos, double[] rhoSizes) = (new double[size], new double[size], new double[size], new double[size]);
        for (int i = 0; i < mean.Length; i++)
        {
            int r = i / inner % size;
            squares[r] += (double)mean[i] * mean[i];
            variances[r] += Math.Exp(2.0 * rho[i]);
            rhos[r] += rho[i];
            rhoSizes[r] += Math.Abs(rho[i]);
        }

        for (int r = 0; r < size; r++)
        {
            // Sums are in double (n·2⁻⁵³ ≤ 1e-11 here); σ² of an entry is exp in single precision (2 ulp).
            RoundingBound.Check(squares[r], ofMeans[r], 1e-11 * squares[r], $"μ² of component {r}");
            RoundingBound.Check(squares[r] + variances[r], energies[r], (1e-11 * squares[r]) + (RoundingBound.Gamma(5) * variances[r]), $"energy of component {r}");
            RoundingBound.Check(rhos[r], sums[r], 1e-11 * rhoSizes[r], $"ln σ of component {r}");
        }
    }

    /// <summary>Makes the device under test.</summary>
    protected abstract IDevice CreateDevice();

    private static DeviceBuffer<float> Upload(IDevice device, float[] values)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(values.Length);
        buffer.CopyFrom(values);
        return buffer;
    }
}
