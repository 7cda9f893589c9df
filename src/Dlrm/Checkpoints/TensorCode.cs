using System.Numerics.Tensors;

namespace Dlrm.Checkpoints;

/// <summary>Turns the numbers of a tensor into what the compact model stores.</summary>
/// <remarks>
/// <code>
/// float16   the nearest float16, ties to even
/// integer   x ≈ s[g] · q,  q = clamp(round(x / s[g]), −m, m),  s[g] a bfloat16,  m = 127 for int8 and 7 for int4
/// int8      s[g] = max |x| / 127 over the group
/// int4      s[g] = c · max |x| / 7 with the c of 1, 0.96 … 0.56 that has the least squared error: one large number need not spoil a group
/// </code>
/// <para>What was decoded is coded again to the same bytes: a model that was rounded is stored as it is.</para>
/// </remarks>
internal static class TensorCode
{
    /// <summary>The largest int8 code, m.</summary>
    internal const int LargestInt8 = 127;

    /// <summary>The largest int4 code, m.</summary>
    internal const int LargestInt4 = 7;

    private const int Scales = 12;
    private const float ScaleStep = 0.04f;

    /// <summary>Gets the type in which a tensor is stored: vectors (biases) have no groups and are never integers.</summary>
    /// <param name="type">The type of its kind of parameter.</param>
    /// <param name="dimensions">The length of its shape.</param>
    /// <returns>The type.</returns>
    internal static StorageType TypeOf(StorageType type, int dimensions) =>
        dimensions < 2 && type != StorageType.Float32 ? StorageType.Float16 : type;

    /// <summary>Counts the bytes of a tensor's numbers and scales.</summary>
    /// <param name="type">The type of its kind of parameter.</param>
    /// <param name="shape">Its shape.</param>
    /// <returns>The bytes.</returns>
    internal static long Bytes(StorageType type, ReadOnlySpan<long> shape)
    {
        TensorGroups groups = new(shape);
        return TypeOf(type, shape.Length) switch
        {
            StorageType.Float32 => groups.Elements * sizeof(float),
            StorageType.Float16 => groups.Elements * 2,
            StorageType.Int8 => groups.Elements + (groups.Count * 2),
            _ => PackedBytes(groups.Elements) + (groups.Count * 2),
        };
    }

    /// <summary>Counts the bytes of int4 numbers without scales.</summary>
    /// <param name="elements">The numbers.</param>
    /// <returns>Two a byte, rounded up.</returns>
    internal static long PackedBytes(long elements) => (elements / 2) + (elements % 2);

    /// <summary>Codes numbers as integers.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="groups">Which of them share a scale.</param>
    /// <param name="largest">m.</param>
    /// <param name="codes">Receives q.</param>
    /// <param name="scales">Receives s.</param>
    internal static void Encode(ReadOnlySpan<float> values, TensorGroups groups, int largest, Span<sbyte> codes, Span<ushort> scales)
    {
        float[] group = new float[groups.Length];
        for (int g = 0; g < scales.Length; g++)
        {
            for (int i = 0; i < group.Length; i++)
            {
                group[i] = values[groups.Place(g, i)];
            }

            scales[g] = Scale(group, largest);
            float scale = BFloat16.ToSingle(scales[g]);
            for (int i = 0; i < group.Length; i++)
            {
                codes[groups.Place(g, i)] = (sbyte)Code(group[i], scale, largest);
            }
        }
    }

    /// <summary>Gets the numbers back.</summary>
    /// <param name="codes">q.</param>
    /// <param name="groups">Which of them share a scale.</param>
    /// <param name="scales">s.</param>
    /// <param name="values">Receives s · q.</param>
    internal static void Decode(ReadOnlySpan<sbyte> codes, TensorGroups groups, ReadOnlySpan<ushort> scales, Span<float> values)
    {
        for (int g = 0; g < scales.Length; g++)
        {
            float scale = BFloat16.ToSingle(scales[g]);
            for (int i = 0; i < groups.Length; i++)
            {
                int place = groups.Place(g, i);
                values[place] = scale * codes[place];
            }
        }
    }

    /// <summary>Packs int4 codes: number 2i in the low half of byte i, each plus 8.</summary>
    /// <param name="codes">Codes in [−7, 7].</param>
    /// <returns>The bytes.</returns>
    internal static byte[] Pack(ReadOnlySpan<sbyte> codes)
    {
        byte[] bytes = new byte[PackedBytes(codes.Length)];
        for (int i = 0; i < codes.Length; i++)
        {
            bytes[i / 2] |= (byte)((codes[i] + 8) << (4 * (i % 2)));
        }

        return bytes;
    }

    /// <summary>Unpacks int4 codes.</summary>
    /// <param name="bytes">What <see cref="Pack"/> gave.</param>
    /// <param name="codes">Receives the codes.</param>
    internal static void Unpack(ReadOnlySpan<byte> bytes, Span<sbyte> codes)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (sbyte)(((bytes[i / 2] >> (4 * (i % 2))) & 15) - 8);
        }
    }

    private static ushort Scale(ReadOnlySpan<float> group, int largest)
    {
        float full = Math.Abs(TensorPrimitives.MaxMagnitude(group)) / largest;
        ushort best = BFloat16.FromSingle(full);
        if (largest != LargestInt4)
        {
            return best;
        }

        double leastError = double.PositiveInfinity;
        for (int step = 0; step < Scales; step++)
        {
            ushort scale = BFloat16.FromSingle(full * (1 - (ScaleStep * step)));
            double error = SquaredError(group, BFloat16.ToSingle(scale), largest);
            if (error < leastError)
            {
                (best, leastError) = (scale, error);
            }
        }

        return best;
    }

    private static double SquaredError(ReadOnlySpan<float> group, float scale, int largest)
    {
        double error = 0;
        foreach (float value in group)
        {
            double difference = value - (scale * Code(value, scale, largest));
            error += difference * difference;
        }

        return error;
    }

    private static int Code(float value, float scale, int largest) =>
        scale == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / scale), -largest, largest);
}
