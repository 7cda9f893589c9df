using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>The last core of a ring: its slabs with the loop's index beside the left rank, and the interfaces in the same order.</summary>
/// <remarks>
/// <code>
/// rows[node, (h, j)] = Σ_n L[h, n] · P[n, j]      n = (a, s), a over the loop rank, s over R[d-1], h over Π J[0..d-1)
/// P[(a, s), j] = slab[s, j, a]                    L[h, (a, s)] = interface[a, h, s]
/// </code>
/// </remarks>
internal readonly unsafe struct RingLevel
{
    /// <summary>Initializes a new instance of the <see cref="RingLevel"/> struct.</summary>
    /// <param name="level">The last level of the ring's open chain.</param>
    /// <param name="parents">The level before.</param>
    /// <param name="loopRank">R[0].</param>
    internal RingLevel(TtmLevel level, TtmLevel parents, int loopRank)
    {
        Level = level;
        Parents = parents;
        LoopRank = loopRank;
    }

    /// <summary>Gets the last level of the open chain.</summary>
    internal TtmLevel Level { get; }

    /// <summary>Gets the level before.</summary>
    internal TtmLevel Parents { get; }

    /// <summary>Gets R[0].</summary>
    internal int LoopRank { get; }

    /// <summary>Gets the inner length R[0]·R[d-1].</summary>
    internal int Inner => LoopRank * Level.Inner;

    /// <summary>Gets J[d-1].</summary>
    internal int Columns => Level.Columns / LoopRank;

    /// <summary>Gets Π J[0..d-1), the rows h of a node.</summary>
    internal int Heads => Level.Height / LoopRank;

    /// <summary>Gets a value indicating whether interfaces have the order of L already.</summary>
    internal bool IsInOrder => Heads == 1 || LoopRank == 1;

    /// <summary>Gets the number of pieces: fewer than of other levels, for each packs the slabs that it reads.</summary>
    internal int Pieces => Math.Clamp(Level.Count / 128, 1, 16);

    /// <summary>Gets the floats that a piece needs: row ends, a packed slab, a slab's gradient, and two blocks of rows.</summary>
    internal long ScratchLength => (8 * TtmRowKernels.MaxRows) + GradientLength + (2L * TtmRowKernels.MaxRows * Inner)
        + Math.Max((long)Inner * TtmRowKernels.Padded(Columns), (long)Columns * TtmRowKernels.Padded(Inner));

    /// <summary>Gets the floats of a slab's gradient, in whole vectors.</summary>
    internal int GradientLength => TtmRowKernels.Padded(Columns * Inner);

    /// <summary>Writes P for a slab.</summary>
    /// <param name="slab">(R[d-1], J[d-1], R[0]).</param>
    /// <param name="packed">Receives (Inner, Padded(Columns)), zeros behind the columns.</param>
    internal void Pack(float* slab, float* packed)
    {
        int stride = TtmRowKernels.Padded(Columns);
        for (int s = 0; s < Level.Inner; s++)
        {
            TransposeKernels.Transpose(slab + ((long)s * Level.Columns), LoopRank, Columns, LoopRank, packed + ((long)s * stride), Level.Inner * stride);
        }

        for (int n = 0; n < Inner && stride != Columns; n++)
        {
            new Span<float>(packed + ((long)n * stride) + Columns, stride - Columns).Clear();
        }
    }

    /// <summary>Writes Pᵀ for a slab.</summary>
    /// <param name="slab">(R[d-1], J[d-1], R[0]).</param>
    /// <param name="packed">Receives (Columns, Padded(Inner)), zeros behind the inner length.</param>
    internal void PackTransposed(float* slab, float* packed)
    {
        int stride = TtmRowKernels.Padded(Inner);
        for (int j = 0; j < Columns; j++)
        {
            float* row = packed + ((long)j * stride);
            TransposeKernels.Transpose(slab + ((long)j * LoopRank), Level.Columns, Level.Inner, LoopRank, row, Level.Inner);
            new Span<float>(row + Inner, stride - Inner).Clear();
        }
    }

    /// <summary>Adds the gradient of Pᵀ to that of the slab.</summary>
    /// <param name="gradient">(Columns, Inner).</param>
    /// <param name="slabGradient">(R[d-1], J[d-1], R[0]), added to.</param>
    internal void AddUnpacked(float* gradient, float* slabGradient)
    {
        for (int s = 0; s < Level.Inner; s++)
        {
            for (int j = 0; j < Columns; j++)
            {
                float* to = slabGradient + ((((long)s * Columns) + j) * LoopRank);
                float* from = gradient + ((long)j * Inner) + s;
                for (int a = 0; a < LoopRank; a++)
                {
                    to[a] += from[a * Level.Inner];
                }
            }
        }
    }

    /// <summary>Copies one row L[h, :] out of an interface.</summary>
    /// <param name="source">(R[0], Heads, R[d-1]).</param>
    /// <param name="h">The row.</param>
    /// <param name="row">Receives Inner numbers.</param>
    internal void Gather(float* source, int h, float* row)
    {
        for (int a = 0; a < LoopRank; a++)
        {
            new ReadOnlySpan<float>(source + ((((long)a * Heads) + h) * Level.Inner), Level.Inner).CopyTo(new Span<float>(row + ((long)a * Level.Inner), Level.Inner));
        }
    }

    /// <summary>Copies one row L[h, :] into an interface.</summary>
    /// <param name="row">Inner numbers.</param>
    /// <param name="h">The row.</param>
    /// <param name="destination">(R[0], Heads, R[d-1]).</param>
    internal void Scatter(float* row, int h, float* destination)
    {
        for (int a = 0; a < LoopRank; a++)
        {
            new ReadOnlySpan<float>(row + ((long)a * Level.Inner), Level.Inner).CopyTo(new Span<float>(destination + ((((long)a * Heads) + h) * Level.Inner), Level.Inner));
        }
    }
}
