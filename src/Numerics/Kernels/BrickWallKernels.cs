using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Applies two-site gates to panels: 2^g rows, which are the entries of g sites, by 16 columns, which belong to as many settings of the other sites.</summary>
/// <remarks>
/// <code>
/// y[j] = Σ_k gate[j, k] · x[k]                  x[k], y[k]: the rows whose two bits at the gate's sites are k
/// gateGradient[j, k] += Σ dy[j] · x[k]
/// </code>
/// <para>Lanes are columns (and rows below the gate's sites), so no lane ever adds to another; the four products of an entry are summed with k ascending.
/// Every gradient has one accumulator a lane over the panel, its lanes are then summed in double.</para>
/// <para>Source: Qing, Li, Zhou, Ran, "Compressing neural network by tensor network with exponentially fewer variational parameters", arXiv 2305.06058.</para>
/// </remarks>
internal static unsafe class BrickWallKernels
{
    /// <summary>The columns of a panel.</summary>
    internal const int Columns = 16;

    private const int Side = 4;

    /// <summary>Applies a gate to a panel.</summary>
    /// <param name="source">The panel.</param>
    /// <param name="destination">Receives the panel; may be the source.</param>
    /// <param name="sites">g.</param>
    /// <param name="site">The gate's first site, counted in the panel.</param>
    /// <param name="gate">16 numbers, row-major.</param>
    internal static void Apply(float* source, float* destination, int sites, int site, float* gate)
    {
        Debug.Assert(site + 1 < sites, "A gate has two sites.");
        if (Vector512.IsHardwareAccelerated)
        {
            Apply<Vector512<float>, Lanes512>(source, destination, sites, site, gate);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Apply<Vector256<float>, Lanes256>(source, destination, sites, site, gate);
        }
        else
        {
            Apply<Vector128<float>, Lanes128>(source, destination, sites, site, gate);
        }
    }

    /// <summary>Adds the gradient of a gate.</summary>
    /// <param name="input">The panel before the gate.</param>
    /// <param name="outputGradient">The gradient of the panel after it.</param>
    /// <param name="sites">g.</param>
    /// <param name="site">The gate's first site, counted in the panel.</param>
    /// <param name="gateGradient">16 numbers; are added to.</param>
    internal static void AddGateGradient(float* input, float* outputGradient, int sites, int site, double* gateGradient)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            AddGateGradient<Vector512<float>, Lanes512>(input, outputGradient, sites, site, gateGradient);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AddGateGradient<Vector256<float>, Lanes256>(input, outputGradient, sites, site, gateGradient);
        }
        else
        {
            AddGateGradient<Vector128<float>, Lanes128>(input, outputGradient, sites, site, gateGradient);
        }
    }

    /// <summary>Computes <c>max(x, slope·x)</c> in place.</summary>
    /// <param name="values">x.</param>
    /// <param name="slope">In [0, 1].</param>
    internal static void LeakyRelu(Span<float> values, float slope)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (ref Vector<float> x in vectors)
        {
            x = Vector.Max(x, x * slope);
        }
    }

    /// <summary>Multiplies gradients by the slope where the output is not above 0.</summary>
    /// <param name="output">max(x, slope·x).</param>
    /// <param name="gradient">The gradient of the output; becomes that of x.</param>
    /// <param name="slope">In [0, 1].</param>
    internal static void LeakyReluGradient(ReadOnlySpan<float> output, Span<float> gradient, float slope)
    {
        ReadOnlySpan<Vector<float>> outputs = MemoryMarshal.Cast<float, Vector<float>>(output);
        Span<Vector<float>> gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = Vector.ConditionalSelect(Vector.GreaterThan(outputs[i], Vector<float>.Zero), gradients[i], gradients[i] * slope);
        }
    }

    /// <summary>Computes the tensor gate by gate in double: the definition.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="gates">The gates.</param>
    /// <returns>2^Q entries.</returns>
    internal static double[] Reference(BrickWallShape shape, ReadOnlySpan<double> gates)
    {
        double[] state = new double[shape.StateLength];
        state[0] = 1;
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            for (int order = 0; order < shape.Sites - 1; order++)
            {
                int evens = shape.Sites / 2;
                int site = order < evens ? 2 * order : (2 * (order - evens)) + 1;
                ReadOnlySpan<double> gate = gates.Slice(((layer * shape.GatesPerLayer) + order) * BrickWallShape.GateLength, BrickWallShape.GateLength);
                int stride = 1 << (shape.Sites - 2 - site);
                double[] next = new double[state.Length];
                for (int i = 0; i < state.Length; i++)
                {
                    int j = (i / stride) & 3;
                    for (int k = 0; k < Side; k++)
                    {
                        next[i] += gate[(j * Side) + k] * state[i + ((k - j) * stride)];
                    }
                }

                state = next;
            }

            for (int i = 0; i < state.Length && layer < shape.Layers - 1; i++)
            {
                state[i] = Math.Max(state[i], shape.Slope * state[i]);
            }
        }

        return state;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TVector, TLanes>(float* source, float* destination, int sites, int site, float* gate)
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        nint run = (nint)Columns << (sites - 2 - site);
        int blocks = 1 << site;
        for (int block = 0; block < blocks; block++)
        {
            for (nint i = 0; i < run; i += TLanes.Count)
            {
                TVector x0 = TLanes.Load(source + i);
                TVector x1 = TLanes.Load(source + run + i);
                TVector x2 = TLanes.Load(source + (2 * run) + i);
                TVector x3 = TLanes.Load(source + (3 * run) + i);
                TLanes.Store(Row<TVector, TLanes>(gate, x0, x1, x2, x3), destination + i);
                TLanes.Store(Row<TVector, TLanes>(gate + 4, x0, x1, x2, x3), destination + run + i);
                TLanes.Store(Row<TVector, TLanes>(gate + 8, x0, x1, x2, x3), destination + (2 * run) + i);
                TLanes.Store(Row<TVector, TLanes>(gate + 12, x0, x1, x2, x3), destination + (3 * run) + i);
            }

            source += Side * run;
            destination += Side * run;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Row<TVector, TLanes>(float* row, TVector x0, TVector x1, TVector x2, TVector x3)
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        TVector sum = TLanes.MultiplyAdd(TLanes.Broadcast(row[0]), x0, TLanes.Zero);
        sum = TLanes.MultiplyAdd(TLanes.Broadcast(row[1]), x1, sum);
        sum = TLanes.MultiplyAdd(TLanes.Broadcast(row[2]), x2, sum);
        return TLanes.MultiplyAdd(TLanes.Broadcast(row[3]), x3, sum);
    }

    /// <summary>Two rows of the gate at a time: eight accumulators and their operands fit into 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddGateGradient<TVector, TLanes>(float* input, float* outputGradient, int sites, int site, double* gateGradient)
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        nint run = (nint)Columns << (sites - 2 - site);
        int blocks = 1 << site;
        float* lanes = stackalloc float[8 * Columns];
        for (int half = 0; half < 2; half++)
        {
            TVector s0 = TLanes.Zero, s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
            float* x = input;
            float* dy = outputGradient + (2 * half * run);
            for (int block = 0; block < blocks; block++)
            {
                for (nint i = 0; i < run; i += TLanes.Count)
                {
                    TVector first = TLanes.Load(dy + i);
                    TVector second = TLanes.Load(dy + run + i);
                    TVector entry = TLanes.Load(x + i);
                    s0 = TLanes.MultiplyAdd(first, entry, s0);
                    t0 = TLanes.MultiplyAdd(second, entry, t0);
                    entry = TLanes.Load(x + run + i);
                    s1 = TLanes.MultiplyAdd(first, entry, s1);
                    t1 = TLanes.MultiplyAdd(second, entry, t1);
                    entry = TLanes.Load(x + (2 * run) + i);
                    s2 = TLanes.MultiplyAdd(first, entry, s2);
                    t2 = TLanes.MultiplyAdd(second, entry, t2);
                    entry = TLanes.Load(x + (3 * run) + i);
                    s3 = TLanes.MultiplyAdd(first, entry, s3);
                    t3 = TLanes.MultiplyAdd(second, entry, t3);
                }

                x += Side * run;
                dy += Side * run;
            }

            TLanes.Store(s0, lanes);
            TLanes.Store(s1, lanes + Columns);
            TLanes.Store(s2, lanes + (2 * Columns));
            TLanes.Store(s3, lanes + (3 * Columns));
            TLanes.Store(t0, lanes + (4 * Columns));
            TLanes.Store(t1, lanes + (5 * Columns));
            TLanes.Store(t2, lanes + (6 * Columns));
            TLanes.Store(t3, lanes + (7 * Columns));
            for (int entry = 0; entry < 8; entry++)
            {
                double sum = 0;
                for (int lane = 0; lane < TLanes.Count; lane++)
                {
                    sum += lanes[(entry * Columns) + lane];
                }

                gateGradient[(8 * half) + entry] += sum;
            }
        }
    }
}
