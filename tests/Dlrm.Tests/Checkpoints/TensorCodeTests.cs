using Dlrm.Checkpoints;

namespace Dlrm.Tests.Checkpoints;

/// <summary>Tests of <see cref="TensorCode"/> and <see cref="TensorGroups"/>.</summary>
public sealed class TensorCodeTests
{
    /// <summary>Groups are rows of 8 numbers at least, else columns; scales and odd halves of bytes count.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="groups">The groups.</param>
    /// <param name="int8">The bytes as int8.</param>
    /// <param name="int4">The bytes as int4.</param>
    [Theory]
    [InlineData(new long[] { 100, 16 }, 100, 1800, 1000)]
    [InlineData(new long[] { 101, 3 }, 3, 309, 158)]
    [InlineData(new long[] { 500, 1, 1, 2 }, 2, 1004, 504)]
    [InlineData(new long[] { 1, 2, 16, 1 }, 2, 36, 20)]
    [InlineData(new long[] { 7, 4, 3 }, 3, 90, 48)]
    [InlineData(new long[] { 9 }, 1, 18, 18)]
    [InlineData(new long[] { 0, 16 }, 0, 0, 0)]
    public void Bytes_AnyShape_AreNumbersAndScales(long[] shape, long groups, long int8, long int4)
    {
        Assert.Equal(groups, shape.Length == 1 ? 1 : new TensorGroups(shape).Count);
        Assert.Equal((int8, int4), (TensorCode.Bytes(StorageType.Int8, shape), TensorCode.Bytes(StorageType.Int4, shape)));
        long elements = shape.Aggregate(1L, (product, size) => product * size);
        Assert.Equal((4 * elements, 2 * elements), (TensorCode.Bytes(StorageType.Float32, shape), TensorCode.Bytes(StorageType.Float16, shape)));
    }

    /// <summary>Every number is within half a scale of its own, when it was not clipped, and the scale is that of its group.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    [Theory]
    [InlineData(40, 16)]
    [InlineData(40, 3)]
    public void Encode_Int8_IsWithinHalfAScale(int rows, int columns)
    {
        float[] values = Values(rows, columns);
        TensorGroups groups = new([rows, columns]);

        float[] decoded = Rounded(values, groups, TensorCode.LargestInt8);

        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double largest = columns >= 8
                    ? Enumerable.Range(0, columns).Max(other => Math.Abs((double)values[(r * columns) + other]))
                    : Enumerable.Range(0, rows).Max(other => Math.Abs((double)values[(other * columns) + c]));

                // A bfloat16 scale is right to 2^-9; so is the largest number, 127 scales, which still is its nearest code.
                double bound = largest / 127 * 0.5 * (1 + Math.Pow(2, -8));
                Assert.InRange(Math.Abs(values[(r * columns) + c] - decoded[(r * columns) + c]), 0, bound);
            }
        }
    }

    [Fact]
    public void Encode_Int4_IsNoWorseThanTheLargestNumbersScale()
    {
        float[] values = Values(200, 16);
        TensorGroups groups = new([200, 16]);

        float[] decoded = Rounded(values, groups, TensorCode.LargestInt4);

        double ours = 0;
        double plain = 0;
        for (int r = 1; r < 200; r++)
        {
            double scale = Enumerable.Range(0, 16).Max(c => Math.Abs((double)values[(r * 16) + c])) / 7;
            for (int c = 0; c < 16; c++)
            {
                double value = values[(r * 16) + c];
                ours += Math.Pow(value - decoded[(r * 16) + c], 2);
                plain += Math.Pow(value - (scale * Math.Round(value / scale)), 2);
            }
        }

        Assert.InRange(ours, 0.2 * plain, plain);
    }

    [Fact]
    public void Encode_DecodedNumbers_GivesTheSameNumbers()
    {
        foreach (int largest in (int[])[TensorCode.LargestInt8, TensorCode.LargestInt4])
        {
            foreach (int columns in (int[])[1, 5, 16])
            {
                TensorGroups groups = new([60, columns]);
                float[] once = Rounded(Values(60, columns), groups, largest);

                Assert.Equal(once, Rounded(once, groups, largest));
            }
        }
    }

    [Fact]
    public void Unpack_PackedCodes_AreTheSame()
    {
        sbyte[] codes = [.. Enumerable.Range(-7, 15).Select(code => (sbyte)code)];
        sbyte[] unpacked = new sbyte[codes.Length];

        TensorCode.Unpack(TensorCode.Pack(codes), unpacked);

        Assert.Equal(codes, unpacked);
    }

    private static float[] Rounded(float[] values, TensorGroups groups, int largest)
    {
        sbyte[] codes = new sbyte[values.Length];
        ushort[] scales = new ushort[groups.Count];
        float[] decoded = new float[values.Length];
        TensorCode.Encode(values, groups, largest, codes, scales);
        TensorCode.Decode(codes, groups, scales, decoded);
        return decoded;
    }

    /// <summary>Normal numbers, each row with a size of its own; the first row is zero.</summary>
    private static float[] Values(int rows, int columns)
    {
        Random random = new(5);
        float[] values = new float[rows * columns];
        for (int r = 1; r < rows; r++)
        {
            double size = Math.Pow(10, -(r % 5));
            for (int c = 0; c < columns; c++)
            {
                values[(r * columns) + c] = (float)(size * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
        }

        return values;
    }
}
