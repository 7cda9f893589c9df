using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Draws the features of synthetic rows: power-law ids and log-normal dense features.</summary>
/// <remarks>
/// <code>dense[f] = ln(1 + exp(μ[f] + σ[f] · n))        n ~ N(0, 1), μ[f] in [0, 3), σ[f] in [0.5, 1.5)</code>
/// <para>Each column of a block has a stream of its own, so a shorter block is the beginning of a longer one.</para>
/// </remarks>
internal sealed class FeatureSampler
{
    private readonly ZipfDistribution[] _ids;
    private readonly AffineBijection?[] _scramble;
    private readonly double[] _mean;
    private readonly double[] _deviation;

    /// <summary>Initializes a new instance of the <see cref="FeatureSampler"/> class.</summary>
    /// <param name="options">Checked options.</param>
    /// <param name="stream">Where the distributions' parameters are drawn from.</param>
    internal FeatureSampler(GeneratorOptions options, RandomStream stream)
    {
        _ids = [.. options.Tables.Select((SyntheticTable table) => new ZipfDistribution(table.Rows, table.ZipfExponent))];
        _scramble = new AffineBijection?[_ids.Length];
        for (int t = 0; t < _ids.Length && options.ScrambleIds; t++)
        {
            _scramble[t] = new AffineBijection(_ids[t].Count, stream.Derive(1).Derive((ulong)t));
        }

        Xoshiro256 random = new(stream.Derive(0));
        _mean = new double[options.DenseFeatures];
        _deviation = new double[options.DenseFeatures];
        for (int f = 0; f < _mean.Length; f++)
        {
            _mean[f] = 3 * random.NextUniform();
            _deviation[f] = 0.5 + random.NextUniform();
        }
    }

    /// <summary>Draws the dense features and ids of a block; its count is already set.</summary>
    /// <param name="block">Receives them.</param>
    /// <param name="stream">The block's stream.</param>
    internal void Fill(SyntheticBlock block, RandomStream stream)
    {
        Xoshiro256 random = new(stream.Derive(0));
        int features = _mean.Length;
        for (int i = 0; i < block.Count * features; i++)
        {
            int f = i % features;
            block.Dense[i] = (float)Math.Log(1 + Math.Exp(_mean[f] + (_deviation[f] * random.NextNormal())));
        }

        for (int t = 0; t < _ids.Length; t++)
        {
            FillIds(t, block.Ids[t].AsSpan(0, block.Count), new Xoshiro256(stream.Derive(1 + (ulong)t)));
        }
    }

    private void FillIds(int table, Span<long> ids, Xoshiro256 random)
    {
        ZipfDistribution distribution = _ids[table];
        AffineBijection? scramble = _scramble[table];
        for (int i = 0; i < ids.Length; i++)
        {
            long position = distribution.Draw(ref random);
            ids[i] = scramble is null ? position : scramble.Map(position);
        }
    }
}
