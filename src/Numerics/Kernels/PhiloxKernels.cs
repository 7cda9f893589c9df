using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dlrm.Numerics.Kernels;

/// <summary>Makes random numbers from a counter: number i of a stream depends on the stream and i alone.</summary>
/// <remarks>
/// <code>
/// block c:   four words w0 … w3 = Philox4x32-10 of counter (c low, c high, stream low, stream high), key (seed low, seed high)
/// number i:  belongs to block 8·⌊i / 32⌋ + i mod 8 and is its number ⌊(i mod 32) / 8⌋: eight blocks are stored word by word
/// uniform j: ⌊w_j / 2⁸⌋ · 2⁻²⁴                                                               in [0, 1)
/// normal 0, 1 from (w0, w1), normal 2, 3 from (w2, w3):
///   u = ⌊w / 2⌋ · 2⁻³¹ + 2⁻³²      r = √(−2 ln u)      φ = (π/2) · 2⁻³² · (w' · 4 as signed)    in [−π/4, π/4)
///   (r cos φ, r sin φ), swapped when bit 30 of w' is set, both negated when bit 31 is set
/// </code>
/// <para>Layout: Philox works on 64-bit lanes that hold 32-bit words (one widening multiply a word, no shuffles); lane l of the float vectors is block 8g + l.
/// Only lane-wise operations and true fused multiply-adds are used, so a number has the same bits wherever a range is cut and for every vector width.</para>
/// <para>Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; Box and Muller 1958; the polynomials for ln, sin and cos are those of Cephes.</para>
/// </remarks>
internal static class PhiloxKernels
{
    /// <summary>Gets how many numbers eight blocks give; ranges that start at a multiple are made fastest.</summary>
    internal const int GroupLength = 32;

    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Makes the standard normal numbers <c>first, first + 1, …</c> of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="first">The number of the first one; at least 0, not necessarily a multiple of anything.</param>
    /// <param name="destination">Receives the numbers.</param>
    internal static void Normal(RandomStream stream, long first, Span<float> destination) => Make<NormalTransform>(stream, first, destination);

    /// <summary>Makes the uniform numbers <c>first, first + 1, …</c> of a stream, multiples of 2⁻²⁴ in [0, 1).</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="first">The number of the first one; at least 0.</param>
    /// <param name="destination">Receives the numbers.</param>
    internal static void Uniform(RandomStream stream, long first, Span<float> destination) => Make<UniformTransform>(stream, first, destination);

    /// <summary>Computes the four words of one block: the definition.</summary>
    /// <param name="stream">The seed (key) and stream (upper half of the counter).</param>
    /// <param name="block">The lower half of the counter.</param>
    /// <param name="words">Receives four words.</param>
    internal static void ReferenceWords(RandomStream stream, ulong block, Span<uint> words)
    {
        (uint c0, uint c1, uint c2, uint c3) = ((uint)block, (uint)(block >> 32), (uint)stream.Stream, (uint)(stream.Stream >> 32));
        (uint k0, uint k1) = ((uint)stream.Seed, (uint)(stream.Seed >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0;
            ulong p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        (words[0], words[1], words[2], words[3]) = (c0, c1, c2, c3);
    }

    /// <summary>Computes normal number i in double: the definition.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="i">The number's number.</param>
    /// <returns>The normal number.</returns>
    internal static double ReferenceNormal(RandomStream stream, long i)
    {
        Span<uint> words = stackalloc uint[4];
        ReferenceWords(stream, (8UL * ((ulong)i / 32)) + ((ulong)i % 8), words);
        int word = (int)((i % 32) / 8);
        uint w = words[word & 2];
        uint angle = words[(word & 2) + 1];
        double radius = Math.Sqrt(-2 * Math.Log(((w >> 1) * Math.Pow(2, -31)) + Math.Pow(2, -32)));
        double phi = Math.PI / 2 * Math.Pow(2, -32) * (int)(angle << 2);
        bool isSine = ((word & 1) == 1) ^ ((angle & 0x40000000) != 0);
        double value = radius * (isSine ? Math.Sin(phi) : Math.Cos(phi));
        return (angle & 0x80000000) != 0 ? -value : value;
    }

    /// <summary>Computes the words of eight blocks as the fast path does.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">Blocks 8·group to 8·group + 7.</param>
    /// <param name="words">Receives 32 words: word 0 of eight blocks, then word 1, ….</param>
    internal static void GroupWords(RandomStream stream, ulong group, Span<uint> words)
    {
        Words(stream, group, out Vector256<uint> w0, out Vector256<uint> w1, out Vector256<uint> w2, out Vector256<uint> w3);
        w0.CopyTo(words);
        w1.CopyTo(words[8..]);
        w2.CopyTo(words[16..]);
        w3.CopyTo(words[24..]);
    }

    private static void Make<TTransform>(RandomStream stream, long first, Span<float> destination)
        where TTransform : struct, ITransform
    {
        Debug.Assert(first >= 0, "Numbers count from 0.");
        ulong group = (ulong)first / GroupLength;
        int skip = (int)(first % GroupLength);
        Span<float> part = stackalloc float[GroupLength];
        while (destination.Length > 0)
        {
            int length = Math.Min(GroupLength - skip, destination.Length);
            Span<float> target = length == GroupLength ? destination : part;
            Words(stream, group, out Vector256<uint> w0, out Vector256<uint> w1, out Vector256<uint> w2, out Vector256<uint> w3);
            TTransform.Store(w0, w1, target);
            TTransform.Store(w2, w3, target[16..]);
            if (length < GroupLength)
            {
                part.Slice(skip, length).CopyTo(destination);
            }

            destination = destination[length..];
            skip = 0;
            group++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Words(RandomStream stream, ulong group, out Vector256<uint> w0, out Vector256<uint> w1, out Vector256<uint> w2, out Vector256<uint> w3)
    {
        // Even blocks in one vector of four 64-bit lanes, odd blocks in another: joined at the end, 32-bit lane l is block 8·group + l.
        // The upper halves of the lanes hold rubbish on the way: the multiply reads lower halves only, and the join masks.
        Vector256<ulong> even = Vector256.Create(group * 8) + Vector256.Create(0UL, 2, 4, 6);
        Vector256<ulong> odd = even + Vector256<ulong>.One;
        (Vector256<ulong> e0, Vector256<ulong> e1) = (even, even >>> 32);
        (Vector256<ulong> o0, Vector256<ulong> o1) = (odd, odd >>> 32);
        (Vector256<ulong> e2, Vector256<ulong> e3) = (Vector256.Create(stream.Stream), Vector256.Create(stream.Stream >> 32));
        (Vector256<ulong> o2, Vector256<ulong> o3) = (e2, e3);
        (uint k0, uint k1) = ((uint)stream.Seed, (uint)(stream.Seed >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> key0 = Vector256.Create((ulong)k0);
            Vector256<ulong> key1 = Vector256.Create((ulong)k1);
            Vector256<ulong> p0 = MultiplyLow(e0, Multiplier0);
            Vector256<ulong> p1 = MultiplyLow(e2, Multiplier1);
            (e0, e1, e2, e3) = ((p1 >>> 32) ^ e1 ^ key0, p1, (p0 >>> 32) ^ e3 ^ key1, p0);
            Vector256<ulong> q0 = MultiplyLow(o0, Multiplier0);
            Vector256<ulong> q1 = MultiplyLow(o2, Multiplier1);
            (o0, o1, o2, o3) = ((q1 >>> 32) ^ o1 ^ key0, q1, (q0 >>> 32) ^ o3 ^ key1, q0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        w0 = Join(e0, o0);
        w1 = Join(e1, o1);
        w2 = Join(e2, o2);
        w3 = Join(e3, o3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Join(Vector256<ulong> even, Vector256<ulong> odd) =>
        ((even & Vector256.Create(0xFFFFFFFFUL)) | (odd << 32)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> MultiplyLow(Vector256<ulong> words, uint multiplier) => Avx2.IsSupported
        ? Avx2.Multiply(words.AsUInt32(), Vector256.Create((ulong)multiplier).AsUInt32())
        : (words & Vector256.Create(0xFFFFFFFFUL)) * Vector256.Create((ulong)multiplier);

    /// <summary>Turns words into numbers.</summary>
    private interface ITransform
    {
        /// <summary>Makes sixteen numbers of two words of eight blocks.</summary>
        static abstract void Store(Vector256<uint> w, Vector256<uint> v, Span<float> destination);
    }

    private readonly struct UniformTransform : ITransform
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector256<uint> w, Vector256<uint> v, Span<float> destination)
        {
            Vector256<float> unit = Vector256.Create(1f / (1 << 24));
            (Vector256.ConvertToSingle((w >>> 8).AsInt32()) * unit).CopyTo(destination);
            (Vector256.ConvertToSingle((v >>> 8).AsInt32()) * unit).CopyTo(destination[8..]);
        }
    }

    private readonly struct NormalTransform : ITransform
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector256<uint> w, Vector256<uint> v, Span<float> destination)
        {
            Vector256<float> u = Vector256.FusedMultiplyAdd(
                Vector256.ConvertToSingle((w >>> 1).AsInt32()), Vector256.Create(1f / (1L << 31)), Vector256.Create(1f / (1L << 32)));
            Vector256<float> radius = Vector256.Sqrt(Vector256.Max(Log(u) * -2f, Vector256<float>.Zero));
            Vector256<float> phi = Vector256.ConvertToSingle((v << 2).AsInt32()) * (float)(Math.PI / 2 / 4294967296.0);
            Vector256<float> square = phi * phi;
            Vector256<float> sine = Polynomial(square, -1.9515295891E-4f, 8.3321608736E-3f, -1.6666654611E-1f);
            sine = Vector256.FusedMultiplyAdd(sine * square, phi, phi) * radius;
            Vector256<float> cosine = Polynomial(square, 2.443315711809948E-5f, -1.388731625493765E-3f, 4.166664568298827E-2f);
            cosine = Vector256.FusedMultiplyAdd(cosine * square, square, Vector256.FusedMultiplyAdd(square, Vector256.Create(-0.5f), Vector256<float>.One)) * radius;
            Vector256<float> swap = ((v << 1).AsInt32() >> 31).AsSingle();
            Vector256<float> sign = (v & Vector256.Create(0x80000000)).AsSingle();
            (Vector256.ConditionalSelect(swap, sine, cosine) ^ sign).CopyTo(destination);
            (Vector256.ConditionalSelect(swap, cosine, sine) ^ sign).CopyTo(destination[8..]);
        }

        /// <summary>ln u for normal u &gt; 0: u = 2ᵉ·m, m in [√½, √2), then a polynomial in m − 1; relative error about 1e-7.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Log(Vector256<float> u)
        {
            Vector256<int> bits = u.AsInt32();
            Vector256<int> exponent = (bits - Vector256.Create(0x3F3504F3)) >> 23;
            Vector256<float> e = Vector256.ConvertToSingle(exponent);
            Vector256<float> f = (bits - (exponent << 23)).AsSingle() - Vector256<float>.One;
            Vector256<float> square = f * f;
            Vector256<float> y = Polynomial(f, 7.0376836292E-2f, -1.1514610310E-1f, 1.1676998740E-1f);
            y = Polynomial(f, y, -1.2420140846E-1f, 1.4249322787E-1f, -1.6668057665E-1f);
            y = Polynomial(f, y, 2.0000714765E-1f, -2.4999993993E-1f, 3.3333331174E-1f) * (f * square);
            y = Vector256.FusedMultiplyAdd(e, Vector256.Create(-2.12194440e-4f), y);
            y = Vector256.FusedMultiplyAdd(square, Vector256.Create(-0.5f), y);
            return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), f + y);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Polynomial(Vector256<float> x, float a, float b, float c) =>
            Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(Vector256.Create(a), x, Vector256.Create(b)), x, Vector256.Create(c));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Polynomial(Vector256<float> x, Vector256<float> y, float a, float b, float c) =>
            Vector256.FusedMultiplyAdd(
                Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(y, x, Vector256.Create(a)), x, Vector256.Create(b)), x, Vector256.Create(c));
    }
}
