using System.Numerics.Tensors;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>A Tucker tensor: cut HOSVDs are compared, orthogonal iteration improves the one that is taken.</summary>
/// <remarks>
/// <code>ranks   from all 1, each step the mode with the greatest  σ[k][R[k]]² / bytes;  listed where no rank is above the product of the others</code>
/// <para>Only bytes and errors are kept; the chosen tensor is made when it is written.</para>
/// </remarks>
internal sealed class TuckerMethod : ITableMethod
{
    private readonly MethodInput _input;
    private readonly HeldTable _held;
    private readonly List<(int[] Ranks, double SquaredError)> _cuts = [];
    private readonly IReadOnlyList<double[]> _spectra;
    private readonly Dictionary<StorageType, double> _rounding = [];

    private TuckerMethod(MethodInput input, HeldTable held, TuckerDecomposition decomposition)
    {
        _input = input;
        _held = held;
        _spectra = decomposition.Spectra;
        foreach (int[] ranks in Path(decomposition.Spectra))
        {
            _cuts.Add((ranks, decomposition.SquaredErrorOf(ranks)));
            input.Cancellation.ThrowIfCancellationRequested();
        }

        float[][] numbers = _cuts.Count > 0 ? Balanced(decomposition.Truncate(_cuts[^1].Ranks)) : [];
        foreach (StorageType type in input.Options.Storage)
        {
            _rounding[type] = numbers.Select((values, k) => Lost(type, Shape(_cuts[^1].Ranks, k), values)).Sum();
        }
    }

    /// <inheritdoc/>
    public CompressionMethod Method => CompressionMethod.Tucker;

    /// <inheritdoc/>
    public bool StoresRows => false;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => _spectra;

    /// <summary>Decomposes a table.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static TuckerMethod Prepare(MethodInput input)
    {
        HeldTable held = HeldTable.Of(input);
        TuckerMethod method = new(input, held, TuckerDecomposition.Of(held.Read(input, CompressionMethod.Tucker)));
        input.Progress.Report(1);
        return method;
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) => _cuts
        .Select(cut => new CompressionPoint(TableMethods.NameOf(Method), Bytes(type, cut.Ranks), cut.SquaredError + (_rounding[type] * (_input.Squares - cut.SquaredError)), cut.Ranks) { MethodNumber = (int)Method })
        .Where(point => point.Bytes <= mostBytes);

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => _held.OptionsOf(TensorFormat.Tucker, point.Ranks);

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        float[][] numbers = Balanced(TuckerDecomposition.Of(_held.Read(_input, Method)).Improve(point.Ranks, _input.Cancellation));
        writer.WriteRanks(point.Ranks);
        for (int k = 0; k < numbers.Length; k++)
        {
            writer.Write(k < point.Ranks.Count ? $".factor.{k}" : ".core", Shape(point.Ranks, k), numbers[k]);
        }
    }

    /// <summary>Gets factors and core with the same root mean square, as they are stored.</summary>
    private static float[][] Balanced(TuckerTensor tensor)
    {
        double[][] parts = [.. tensor.Factors, tensor.Core.Values];
        double[] sizes = [.. parts.Select(static part => Math.Sqrt(TensorPrimitives.SumOfSquares<double>(part) / part.Length))];
        double mean = sizes.Any(static size => size == 0) ? 0 : Math.Exp(sizes.Average(Math.Log));
        return [.. parts.Select((part, k) => Array.ConvertAll(part, value => (float)(mean == 0 ? value : value * (mean / sizes[k]))))];
    }

    private static double Lost(StorageType type, long[] shape, float[] values)
    {
        double squares = TensorPrimitives.SumOfSquares(values.AsSpan());
        return squares > 0 ? StorageRounding.SquaredError(type, shape, values) / squares : 0;
    }

    private IEnumerable<int[]> Path(IReadOnlyList<double[]> spectra)
    {
        int[] ranks = new int[spectra.Count];
        Array.Fill(ranks, 1);
        while (LeastBytes(ranks) <= _input.MostBytes)
        {
            double product = ranks.Aggregate(1.0, static (all, size) => all * size);
            if (ranks.All(size => size <= product / size))
            {
                yield return [.. ranks];
            }

            int best = -1;
            double greatest = 0;
            for (int k = 0; k < ranks.Length; k++)
            {
                if (ranks[k] < spectra[k].Length && spectra[k][ranks[k]] > 0)
                {
                    long before = LeastBytes(ranks);
                    ranks[k]++;
                    double saved = spectra[k][ranks[k] - 1] * spectra[k][ranks[k] - 1] / Math.Max(LeastBytes(ranks) - before, 1);
                    ranks[k]--;
                    (best, greatest) = saved > greatest ? (k, saved) : (best, greatest);
                }
            }

            if (best < 0)
            {
                yield break;
            }

            ranks[best]++;
        }
    }

    private long LeastBytes(int[] ranks) => _input.Options.Storage.Min(type => Bytes(type, ranks));

    private long Bytes(StorageType type, int[] ranks) => Enumerable.Range(0, ranks.Length + 1).Sum(k => TensorCode.Bytes(type, Shape(ranks, k)));

    private long[] Shape(IReadOnlyList<int> ranks, int part) =>
        part < ranks.Count ? [_held.Modes[part], ranks[part]] : [.. ranks.Select(static size => (long)size)];
}
