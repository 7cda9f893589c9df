using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>How raw rows become a dataset.</summary>
public sealed record ConvertOptions
{
    /// <summary>Gets the raw files: files, folders, or patterns with <c>*</c> and <c>?</c>, in order; by name within a folder or pattern.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Gets the raw files of the validation rows; only with <see cref="SplitKind.Given"/>.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> ValidInputs { get; init; } = [];

    /// <summary>Gets the raw files of the test rows; only with <see cref="SplitKind.Given"/>.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> TestInputs { get; init; } = [];

    /// <summary>Gets how raw files are read.</summary>
    /// <value>The default is Criteo's columns, formats found out.</value>
    public RawInputOptions Input { get; init; } = new();

    /// <summary>Gets the folder to make.</summary>
    public required string Output { get; init; }

    /// <summary>Gets a value indicating whether a dataset that is there already is replaced and not refused.</summary>
    /// <value>The default is false.</value>
    public bool Overwrite { get; init; }

    /// <summary>Gets how values become ids.</summary>
    /// <value>The default is <see cref="IdEncodingKind.Vocabulary"/>.</value>
    public IdEncodingKind Encoding { get; init; } = IdEncodingKind.Vocabulary;

    /// <summary>Gets the least number of training rows that a value of the vocabulary has; others share id 0. Ignored for hashing.</summary>
    /// <value>The default is 2 rows.</value>
    public long MinFrequency { get; init; } = 2;

    /// <summary>Gets the rows of every table when ids come from a hash.</summary>
    /// <value>The default is 100,000 rows.</value>
    public long HashRows { get; init; } = 100_000;

    /// <summary>Gets a dataset whose vocabulary (or hash), features and transform are used; <see cref="Encoding"/>, <see cref="MinFrequency"/>, <see cref="HashRows"/> and <see cref="Transform"/> are ignored then.</summary>
    /// <value>The default is null: none.</value>
    public string? Like { get; init; }

    /// <summary>Gets what is done to dense features.</summary>
    /// <value>The default is <see cref="DenseTransform.Log1P"/>.</value>
    public DenseTransform Transform { get; init; } = DenseTransform.Log1P;

    /// <summary>Gets how rows are shared out.</summary>
    /// <value>The default is <see cref="SplitKind.Order"/>.</value>
    public SplitKind Split { get; init; } = SplitKind.Order;

    /// <summary>Gets the share of validation rows; ignored with <see cref="SplitKind.Given"/>.</summary>
    /// <value>The default is 0.1.</value>
    public double ValidFraction { get; init; } = 0.1;

    /// <summary>Gets the share of test rows; ignored with <see cref="SplitKind.Given"/>.</summary>
    /// <value>The default is 0.1.</value>
    public double TestFraction { get; init; } = 0.1;

    /// <summary>Gets the seed of the hashes of values and row numbers.</summary>
    /// <value>The default is 0.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets a value indicating whether the training rows are written in the order of a hash of their numbers.</summary>
    /// <value>The default is false.</value>
    public bool ShuffleTrain { get; init; }

    /// <summary>Gets the rows after which the next file of a split begins.</summary>
    /// <value>The default is 1,048,576 rows.</value>
    public int RowsPerFile { get; init; } = 1 << 20;

    /// <summary>Gets the memory to use, in bytes; what does not fit is spilled. The index of a vocabulary comes on top: 16 to 32 bytes a value.</summary>
    /// <value>The default is 4 GiB.</value>
    public long MemoryLimitBytes { get; init; } = 4L << 30;

    /// <summary>Gets the folder for intermediate and spilled data, about as large as the input; null for one beside the output.</summary>
    /// <value>The default is null.</value>
    public string? TemporaryFolder { get; init; }

    /// <summary>Gets the number of threads; 0 is one per processor.</summary>
    /// <value>The default is 0.</value>
    public int Threads { get; init; }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        Require(Inputs.Count > 0, "Inputs is empty; name at least one file, folder or pattern.");
        Require(!string.IsNullOrWhiteSpace(Output), "Output is empty; name the folder to make.");
        Require(Encoding != IdEncodingKind.Given, "Encoding is Given; raw values need Vocabulary or Hash.");
        Require(MinFrequency >= 1, $"MinFrequency is {MinFrequency}; at least 1 is needed.");
        Require(HashRows is >= 2 and <= int.MaxValue, $"HashRows is {HashRows}; 2 to {int.MaxValue} are possible.");
        Require(ValidFraction is >= 0 and < 1, $"ValidFraction is {ValidFraction}; it is in [0, 1).");
        Require(TestFraction is >= 0 and < 1, $"TestFraction is {TestFraction}; it is in [0, 1).");
        Require(!(ValidFraction + TestFraction >= 1), $"ValidFraction and TestFraction add up to {ValidFraction + TestFraction}; something must be left to train on.");
        bool hasOwn = ValidInputs.Count + TestInputs.Count > 0;
        Require(hasOwn == (Split == SplitKind.Given), $"Split is {Split} with {ValidInputs.Count} ValidInputs and {TestInputs.Count} TestInputs; they go with Given and only with it.");
        Require(RowsPerFile >= 1, $"RowsPerFile is {RowsPerFile}; at least 1 is needed.");
        Require(MemoryLimitBytes >= 256L << 20, $"MemoryLimitBytes is {MemoryLimitBytes} ({MemoryLimitBytes >> 20} MB); at least {256L << 20} (256 MB) are needed.");
        Require(Threads >= 0, $"Threads is {Threads}; 0 or more are possible.");
        Input.Validate(problems);
        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }

        void Require(bool isGood, string problem)
        {
            if (!isGood)
            {
                problems.Add(problem);
            }
        }
    }
}
