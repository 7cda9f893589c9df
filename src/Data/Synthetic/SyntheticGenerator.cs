using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Makes synthetic click data whose true probabilities are known, block by block, in memory that does not depend on the number of rows.</summary>
/// <remarks>
/// <para>Determinism: block b is a pure function of (options, b), so the same seed gives the same bytes whatever the thread count, and a dataset
/// of fewer rows is the beginning of one of more. Across machines the platform's exp and log may differ in a last bit.</para>
/// <para>Safe for several threads that fill different blocks.</para>
/// </remarks>
public sealed class SyntheticGenerator
{
    private readonly FeatureSampler _sampler;
    private readonly RandomStream _dataStream;

    /// <summary>Initializes a new instance of the <see cref="SyntheticGenerator"/> class: draws and calibrates the teacher.</summary>
    /// <param name="options">What to generate.</param>
    /// <exception cref="OptionsException">Options are out of range.</exception>
    public SyntheticGenerator(GeneratorOptions options)
    {
        options.Validate();
        Options = options;
        RandomStream root = new(options.Seed, 0);
        _dataStream = root.Derive(3);
        _sampler = new FeatureSampler(options, root.Derive(2));
        Teacher = TeacherBuilder.Build(options, _sampler, root.Derive(0), root.Derive(1));
    }

    /// <summary>Gets the options.</summary>
    public GeneratorOptions Options { get; }

    /// <summary>Gets the model that labels the rows.</summary>
    public SyntheticTeacher Teacher { get; }

    /// <summary>Gets the number of blocks.</summary>
    public long Blocks => ((Options.Rows - 1) / SyntheticBlock.Rows) + 1;

    /// <summary>Makes an empty block of this data's shape.</summary>
    /// <returns>The block.</returns>
    public SyntheticBlock NewBlock() => new(Options.DenseFeatures, Options.Tables.Count);

    /// <summary>Generates one block.</summary>
    /// <param name="number">The block, in [0, <see cref="Blocks"/>).</param>
    /// <param name="block">Receives the rows.</param>
    public void Fill(long number, SyntheticBlock block)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Blocks);
        RandomStream stream = _dataStream.Derive((ulong)number);
        block.FirstRow = number * SyntheticBlock.Rows;
        block.Count = (int)Math.Min(SyntheticBlock.Rows, Options.Rows - block.FirstRow);
        _sampler.Fill(block, stream.Derive(0));
        Teacher.Label(block);
        Xoshiro256 random = new(stream.Derive(1));
        for (int i = 0; i < block.Count; i++)
        {
            block.Labels[i] = random.NextUniform() < LogitCalibration.Sigmoid(block.Logits[i]) ? 1 : 0;
        }
    }
}
