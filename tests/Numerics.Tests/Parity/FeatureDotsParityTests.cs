namespace Dlrm.Numerics.Tests.Parity;

/// <summary>What any device's <see cref="IDevice.FeatureDots"/> must compute; a device's tests derive from this class.</summary>
public abstract class FeatureDotsParityTests : IDisposable
{
    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="FeatureDotsParityTests"/> class.</summary>
    protected FeatureDotsParityTests(IDevice device) => _device = device;

    /// <summary>Gets B, F and D: no sample, one vector alone, sizes around vector widths, more than one piece.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 0, 3, 4 }, { 1, 1, 1 }, { 5, 1, 16 }, { 3, 2, 3 }, { 7, 5, 15 }, { 7, 27, 16 }, { 64, 4, 17 }, { 65, 9, 33 }, { 200, 27, 16 },
    };

    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void FeatureDots_EveryVector_IsWithinTheErrorBound(int samples, int count, int dim)
    {
        float[,] features = Numbers.Random(samples, count * dim, 17);
        using GuardedMatrix input = new(_device, features);
        for (int chosen = 0; chosen < count; chosen++)
        {
            using GuardedMatrix output = new(_device, new float[samples, count]);
            _device.FeatureDots(input.View, count, dim, chosen, output.View);
            float[,] actual = output.Read();
            for (int b = 0; b < samples; b++)
            {
                for (int i = 0; i < count; i++)
                {
                    (double sum, double sizes) = Reference(features, b, dim, i, chosen);
                    RoundingBound.Check(sum, actual[b, i], RoundingBound.Gamma(dim) * sizes, $"B {samples}, F {count}, D {dim}: [{b}, {i}] of vector {chosen}");
                }
            }
        }
    }

    /// <summary>The definition, in double, and the same with absolute values.</summary>
    private static (double Sum, double Sizes) Reference(float[,] features, int b, int dim, int i, int chosen)
    {
        double sum = 0;
        double sizes = 0;
        for (int c = 0; c < dim && i != chosen; c++)
        {
            double product = (double)features[b, (i * dim) + c] * features[b, (chosen * dim) + c];
            sum += product;
            sizes += Math.Abs(product);
        }

        return (sum, sizes);
    }
}
