using System.Runtime.Intrinsics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Kernels;

public sealed class VectorMathTests
{
    [Fact]
    public void Exp_WholeRange_IsWithinTwoUnitsInTheLastPlace()
    {
        for (int i = -870_000; i <= 870_000; i += 37)
        {
            float x = i * 1e-4f;
            double expected = Math.Exp(x);

            float actual = VectorMath.Exp(Vector256.Create(x))[3];

            RoundingBound.Check(expected, actual, RoundingBound.Gamma(4) * expected, $"exp({x:R})");
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, -87f)]
    [InlineData(-1000f, -87f)]
    [InlineData(1000f, 87f)]
    [InlineData(float.PositiveInfinity, 87f)]
    public void Exp_OutsideTheRange_TakesTheNearestEnd(float x, float end)
    {
        Assert.Equal(VectorMath.Exp(Vector256.Create(end)), VectorMath.Exp(Vector256.Create(x)));
    }

    [Fact]
    public void Exp_ZeroAndNaN_AreOneAndNaN()
    {
        Vector256<float> actual = VectorMath.Exp(Vector256.Create(0f, float.NaN, 0f, 0f, 0f, 0f, 0f, 0f));

        Assert.Equal(1f, actual[0]);
        Assert.True(float.IsNaN(actual[1]));
    }
}
