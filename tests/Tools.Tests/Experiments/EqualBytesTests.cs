using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Experiments;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tools.Tests.Experiments;

/// <summary>Tests of <see cref="EqualBytes"/>.</summary>
public sealed class EqualBytesTests
{
    private static readonly DatasetSchema Schema = new()
    {
        Dense = ["I1", "I2", "I3"],
        Sparse = [new SparseFeature("C1", 5000), new SparseFeature("C2", 777), new SparseFeature("C3", 40)],
    };

    /// <summary>What is counted without a model is what the model counts.</summary>
    /// <param name="kind">The kind of the large tables.</param>
    /// <param name="storedRows">Their stored rows.</param>
    [Theory]
    [InlineData(TableKind.Dense, 1)]
    [InlineData(TableKind.Zero, 1)]
    [InlineData(TableKind.Hash, 100)]
    [InlineData(TableKind.Hash, 1000)]
    [InlineData(TableKind.FrequentRows, 64)]
    [InlineData(TableKind.QuotientRemainder, 30)]
    [InlineData(TableKind.QuotientRemainder, 800)]
    public void ModelBytes_AnyKind_AreThoseOfTheModel(TableKind kind, long storedRows)
    {
        RunOptions options = Options(kind, storedRows);
        StorageOptions small = new() { Mlps = StorageType.Int8, Rows = StorageType.Int4 };
        using CpuDevice device = new(1);
        foreach (RunOptions stored in (RunOptions[])[options, options with { Model = options.Model with { Storage = small } }])
        {
            foreach (DatasetSchema schema in (DatasetSchema[])[Schema, Schema with { Dense = [] }])
            {
                using DlrmModel model = new(device, stored.Dlrm, DataSources.InputsOf(schema));

                Assert.Equal(model.StoredBytes, EqualBytes.ModelBytes(stored, schema));
            }
        }
    }

    /// <summary>The model is as large as it may be, and not larger.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="bytes">What it may have.</param>
    [Theory]
    [InlineData(TableKind.Hash, 60_000)]
    [InlineData(TableKind.FrequentRows, 60_000)]
    [InlineData(TableKind.QuotientRemainder, 60_000)]
    [InlineData(TableKind.Hash, 150_000)]
    public void Apply_ABudget_IsUsedAndKept(TableKind kind, long bytes)
    {
        RunOptions fitted = EqualBytes.Apply(Options(kind, 1), Schema, bytes);

        long stored = fitted.Model.Tables.StoredRows;
        Assert.InRange(EqualBytes.ModelBytes(fitted, Schema), 0, bytes);
        Assert.True(EqualBytes.ModelBytes(Options(kind, stored + 1), Schema) > bytes);
    }

    /// <summary>Only tables that store a chosen number of rows can be fitted.</summary>
    /// <param name="kind">A kind without.</param>
    [Theory]
    [InlineData(TableKind.Dense)]
    [InlineData(TableKind.LowRank)]
    public void Apply_KindWithoutStoredRows_IsWrongUse(TableKind kind) =>
        Assert.Contains(kind.ToString(), Assert.Throws<UsageException>(() => EqualBytes.Apply(Options(kind, 1), Schema, 60_000)).Message, StringComparison.Ordinal);

    private static RunOptions Options(TableKind kind, long storedRows) => new()
    {
        Model = new ModelOptions
        {
            EmbeddingDim = 8,
            BottomMlp = [12, 8],
            TopMlp = [10],
            Tables = new TableOptions { Kind = kind, CompressAbove = 100, StoredRows = storedRows },
        },
    };
}
