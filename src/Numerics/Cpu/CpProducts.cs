namespace Dlrm.Numerics.Cpu;

/// <summary>Multiplies rows of factors element by element, for a list of mixed-radix ids: the row side or the column side of a CP table.</summary>
/// <remarks>
/// <code>P[u, r] = Π_k A[k][i_k(u), r]      u over the ids, r &lt; R</code>
/// <para>Order: every digit's gradient is summed by one owner, nodes ascending, so its bits do not depend on the number of threads.</para>
/// </remarks>
internal sealed unsafe class CpProducts : IDisposable
{
    private readonly PrefixTree _tree = new();
    private CpLevel[] _levels = [];
    private int _order;

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes
    {
        get
        {
            long sum = _tree.Bytes;
            foreach (CpLevel level in _levels)
            {
                sum += level.Bytes;
            }

            return sum;
        }
    }

    /// <summary>Gets P, (ids, R).</summary>
    internal Matrix Products => _levels[_order - 1].ProductMatrix();

    /// <summary>Gets the number of ids of the last <see cref="Multiply"/>.</summary>
    internal int Count => _order == 0 ? 0 : _levels[_order - 1].Nodes.Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        _tree.Dispose();
        foreach (CpLevel level in _levels)
        {
            level.Dispose();
        }
    }

    /// <summary>Computes P.</summary>
    /// <param name="workers">Run the pieces.</param>
    /// <param name="modes">The mode sizes.</param>
    /// <param name="factors">One for each mode, (n[k], R).</param>
    /// <param name="width">R.</param>
    /// <param name="ids">Distinct ids, ascending.</param>
    /// <param name="count">How many, at least 1.</param>
    internal void Multiply(WorkerPool workers, ReadOnlySpan<int> modes, ReadOnlySpan<DeviceBuffer<float>> factors, int width, long* ids, int count)
    {
        _tree.Build(modes, ids, count);
        _order = modes.Length;
        if (_levels.Length < _order)
        {
            int old = _levels.Length;
            Array.Resize(ref _levels, _order);
            for (int k = old; k < _order; k++)
            {
                _levels[k] = new CpLevel(_tree.Levels[k]);
            }
        }

        for (int k = 0; k < _order; k++)
        {
            _levels[k].Prepare(((CpuBuffer<float>)factors[k]).Pointer, width);
            int pieces = TtmPiece.Pieces(_levels[k].Nodes.Count);
            workers.Run(pieces, new CpProductsJob(_levels[k], k == 0 ? null : _levels[k - 1], pieces));
        }
    }

    /// <summary>Makes room for the gradient of P.</summary>
    /// <returns>(ids, R), to be written.</returns>
    internal Matrix UseGradients()
    {
        _levels[_order - 1].PrepareGradients();
        return _levels[_order - 1].GradientMatrix();
    }

    /// <summary>Adds the gradients of the factors, when <see cref="UseGradients"/> was written.</summary>
    /// <param name="workers">Run the pieces.</param>
    /// <param name="factorGradients">One for each mode, added to.</param>
    internal void AddFactorGradients(WorkerPool workers, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        for (int k = _order - 1; k >= 0; k--)
        {
            CpLevel level = _levels[k];
            CpLevel? parents = k == 0 ? null : _levels[k - 1];
            level.FactorGradient = ((CpuBuffer<float>)factorGradients[k]).Pointer;
            level.Nodes.SortByDigit();
            int pieces = TtmPiece.Pieces(level.Nodes.Count);
            workers.Run(pieces, new CpFactorGradientsJob(level, parents, pieces));
            if (parents is not null)
            {
                parents.PrepareGradients();
                pieces = TtmPiece.Pieces(parents.Nodes.Count);
                workers.Run(pieces, new CpProductGradientsJob(parents, level, pieces));
            }
        }
    }
}
