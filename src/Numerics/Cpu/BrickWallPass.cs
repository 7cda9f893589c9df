using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>The part of a layer's gates that lies within some neighbouring sites, and how a state is cut into panels for them.</summary>
/// <remarks>
/// <code>
/// state: (outer, 2^g, inner)        a panel: 2^g rows × 16 neighbours of inner; for the last sites, where inner is 1, × 16 neighbours of outer
/// </code>
/// </remarks>
internal readonly unsafe struct BrickWallPass
{
    private readonly long _outer;
    private readonly long _inner;

    /// <summary>Initializes a new instance of the <see cref="BrickWallPass"/> struct.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="pass">The pass, from 0.</param>
    internal BrickWallPass(BrickWallShape shape, int pass)
    {
        (First, int end) = shape.SitesOf(pass);
        Sites = end - First;
        _outer = 1L << First;
        _inner = 1L << (shape.Sites - end);
        Debug.Assert(_inner == 1 || _inner >= BrickWallKernels.Columns, "The sites below a pass fill a panel's columns.");
    }

    /// <summary>Gets the first site.</summary>
    internal int First { get; }

    /// <summary>Gets g.</summary>
    internal int Sites { get; }

    /// <summary>Gets the gates, g − 1.</summary>
    internal int Gates => Sites - 1;

    /// <summary>Gets the floats of a panel.</summary>
    internal int PanelLength => BrickWallKernels.Columns << Sites;

    /// <summary>Gets the number of panels.</summary>
    internal long Panels => _inner == 1 ? (_outer + BrickWallKernels.Columns - 1) / BrickWallKernels.Columns : _outer * (_inner / BrickWallKernels.Columns);

    /// <summary>Gets the first site of a gate, counted from <see cref="First"/>: even ones come first.</summary>
    /// <param name="gate">The gate, in [0, g − 1).</param>
    /// <returns>The site.</returns>
    internal int SiteOf(int gate) => gate < Sites / 2 ? 2 * gate : (2 * (gate - (Sites / 2))) + 1;

    /// <summary>Copies a panel out of a state; columns that are not there become zeros.</summary>
    /// <param name="state">The state.</param>
    /// <param name="panel">Which.</param>
    /// <param name="rows">Receives the panel.</param>
    internal void Load(float* state, long panel, float* rows)
    {
        int count = 1 << Sites;
        float* source = Locate(state, panel, out int columns);
        if (_inner > 1)
        {
            for (int row = 0; row < count; row++)
            {
                new ReadOnlySpan<float>(source + (row * _inner), BrickWallKernels.Columns).CopyTo(new Span<float>(rows + (row * BrickWallKernels.Columns), BrickWallKernels.Columns));
            }

            return;
        }

        if (columns < BrickWallKernels.Columns)
        {
            new Span<float>(rows, PanelLength).Clear();
        }

        TransposeKernels.Transpose(source, count, columns, count, rows, BrickWallKernels.Columns);
    }

    /// <summary>Copies a panel out of a state, or out of v ⊗ … ⊗ v, whose first entry is 1 and whose others are 0.</summary>
    /// <param name="state">The state; null: v ⊗ … ⊗ v.</param>
    /// <param name="panel">Which.</param>
    /// <param name="rows">Receives the panel.</param>
    internal void LoadOrStart(float* state, long panel, float* rows)
    {
        if (state is not null)
        {
            Load(state, panel, rows);
            return;
        }

        new Span<float>(rows, PanelLength).Clear();
        rows[0] = panel == 0 ? 1 : 0;
    }

    /// <summary>Copies a panel into a state.</summary>
    /// <param name="rows">The panel.</param>
    /// <param name="state">The state.</param>
    /// <param name="panel">Which.</param>
    internal void Store(float* rows, float* state, long panel)
    {
        int count = 1 << Sites;
        float* target = Locate(state, panel, out int columns);
        if (_inner > 1)
        {
            for (int row = 0; row < count; row++)
            {
                new ReadOnlySpan<float>(rows + (row * BrickWallKernels.Columns), BrickWallKernels.Columns).CopyTo(new Span<float>(target + (row * _inner), BrickWallKernels.Columns));
            }

            return;
        }

        TransposeKernels.Transpose(rows, BrickWallKernels.Columns, count, columns, target, count);
    }

    private float* Locate(float* state, long panel, out int columns)
    {
        columns = BrickWallKernels.Columns;
        if (_inner == 1)
        {
            columns = (int)Math.Min(columns, _outer - (panel * BrickWallKernels.Columns));
            return state + ((panel * BrickWallKernels.Columns) << Sites);
        }

        (long outer, long column) = Math.DivRem(panel, _inner / BrickWallKernels.Columns);
        return state + ((outer * _inner) << Sites) + (column * BrickWallKernels.Columns);
    }
}
