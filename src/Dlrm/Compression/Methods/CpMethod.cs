using System.Numerics.Tensors;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>A CP tensor by alternating least squares, at ranks 1, 2, 3, 4, 6, 8, 12, 16 …</summary>
/// <remarks>
/// <code>predicted loss by a storage type = Σ_k trace(ΔA[k]·H[k]·ΔA[k]ᵀ)        ΔA: what it loses of a factor, H[k] = ∘_{l≠k} A[l]ᵀA[l]</code>
/// <para>So components that cancel one another, which rounding hurts most, count for what they are.</para>
/// </remarks>
internal sealed class CpMethod : ITableMethod
{
    private readonly HeldTable _held;
    private readonly IReadOnlyList<CpTensor> _tensors;
    private readonly Dictionary<(int CpRank, StorageType Type), double> _rounding = [];

    private CpMethod(HeldTable held, IReadOnlyList<CpTensor> tensors, IEnumerable<StorageType> types)
    {
        _held = held;
        _tensors = tensors;
        foreach (CpTensor tensor in tensors)
        {
            foreach (StorageType type in types)
            {
                _rounding[(tensor.CpRank, type)] = Rounding(tensor, type);
            }
        }
    }

    /// <inheritdoc/>
    public CompressionMethod Method => CompressionMethod.Cp;

    /// <inheritdoc/>
    public bool StoresRows => false;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => [];

    /// <summary>Decomposes a table.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static CpMethod Prepare(MethodInput input)
    {
        HeldTable held = HeldTable.Of(input);
        double most = Math.Min(input.Options.MaxRank, held.Entries / held.Modes.Max());
        int[] ranks = [.. Ranks().TakeWhile(rank => rank <= most && held.Modes.Sum(mode => input.LeastBytes(mode, rank)) <= input.MostBytes)];
        return new CpMethod(
            held, ranks.Length == 0 ? [] : CpAls.Decompose(held.Read(input, CompressionMethod.Cp), ranks, new CpAlsOptions(), input.Progress, input.Cancellation), input.Options.Storage);
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) => _tensors
        .Select(tensor => new CompressionPoint(
            TableMethods.NameOf(Method), _held.Modes.Sum(mode => TensorCode.Bytes(type, [mode, tensor.CpRank])), tensor.SquaredError + _rounding[(tensor.CpRank, type)], [tensor.CpRank])
        {
            MethodNumber = (int)Method,
        })
        .Where(point => point.Bytes <= mostBytes);

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => _held.OptionsOf(TensorFormat.Cp, point.Ranks);

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        CpTensor tensor = _tensors.First(tensor => tensor.CpRank == point.Ranks[0]);
        writer.WriteRanks(point.Ranks);
        for (int k = 0; k < tensor.Factors.Count; k++)
        {
            writer.Write($".factor.{k}", [_held.Modes[k], tensor.CpRank], Narrow(tensor.Factors[k]));
        }
    }

    private static IEnumerable<int> Ranks()
    {
        yield return 1;
        for (int rank = 2; ; rank *= 2)
        {
            yield return rank;
            yield return rank * 3 / 2;
        }
    }

    private static double Rounding(CpTensor tensor, StorageType type)
    {
        double sum = 0;
        for (int k = 0; k < tensor.Factors.Count; k++)
        {
            float[] values = Narrow(tensor.Factors[k]);
            float[] lost = StorageRounding.Rounded(type, [values.Length / tensor.CpRank, tensor.CpRank], values);
            TensorPrimitives.Subtract(values, lost, lost);
            sum += tensor.Energy(k, lost);
        }

        return sum;
    }

    private static float[] Narrow(double[] values) => Array.ConvertAll(values, static value => (float)value);
}
