using Dlrm.Checkpoints;
using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Compression;

/// <summary>Compression to an error: met on the stored numbers, and with no more bytes than it takes.</summary>
public sealed class ErrorChoiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly SampleTables _tables;

    public ErrorChoiceTests() => _tables = new SampleTables(_device);

    public void Dispose()
    {
        _tables.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>The error of the tables that a user loads from the folder is within what was asked, whatever storage types were taken.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.2)]
    [InlineData(0.05)]
    [InlineData(0.008)]
    [InlineData(1e-3)]
    [InlineData(1e-5)]
    [InlineData(0)]
    public void Run_AskedError_IsNeverExceededByTheLoadedModel(double error)
    {
        using CompressedModel compressed = Compress(new CompressionOptions { Error = error });

        CompactModel.Save(_folder.File("model"), compressed.Model, "abc");
        using DlrmModel loaded = CompactModel.Load(_folder.File("model"), _device);
        for (int t = 0; t < SampleTables.Names.Length; t++)
        {
            Assert.InRange(_tables.ErrorOf(loaded, t), 0, error);
            Assert.Equal(_tables.ErrorOf(loaded, t), compressed.Tables[t].RelativeError, 1e-9);
        }
    }

    /// <summary>With half the bytes less one step no model of the curve is within the error: the bytes of the answer, given as a budget, are needed.</summary>
    [Theory]
    [InlineData(CompressionMethod.TtSvd, 0.3)]
    [InlineData(CompressionMethod.TtSvd, 0.05)]
    [InlineData(CompressionMethod.Projection, 0.1)]
    public void Run_OneMethod_TakesTheSmallestRanksWithinTheError(CompressionMethod method, double error)
    {
        CompressionOptions options = new() { Error = error, Methods = [method], Storage = [StorageType.Float32], CompressAbove = 0 };

        using CompressedModel compressed = Compress(options);

        long bytes = compressed.Tables[0].Bytes;
        SourceModel alone = _tables.Source with { Tables = [_tables.Source.Tables[0], Zeros(1), Zeros(2)] };
        using CompressedModel least = ModelCompressor.Run(_device, alone, options with { Methods = [method, CompressionMethod.Rows] });
        using CompressedModel smaller = ModelCompressor.Run(
            _device, alone, options with { Error = null, Bytes = least.Bytes - 4, TowerStorage = StorageType.Float32 });
        Assert.True(smaller.Tables[0].RelativeError > error, $"{smaller.Tables[0].Bytes} bytes have error {smaller.Tables[0].RelativeError}; the answer has {bytes}.");
    }

    [Fact]
    public void Run_MoreErrorAllowed_NeverTakesMoreBytes()
    {
        long previous = long.MaxValue;
        foreach (double error in (double[])[0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 0.7])
        {
            using CompressedModel compressed = Compress(new CompressionOptions { Error = error });

            Assert.True(compressed.Bytes <= previous, $"Error {error} takes {compressed.Bytes} bytes, less error took {previous}.");
            previous = compressed.Bytes;
        }

        Assert.True(previous < _tables.Model.StoredBytes / 10, $"{previous} of {_tables.Model.StoredBytes} bytes.");
    }

    /// <summary>One row mode pair of rank 1 can't hold the table: the message names the table, what was reached, and the way out.</summary>
    [Fact]
    public void Run_ErrorThatTheMethodCannotReach_SaysWhatItReached()
    {
        OptionsException exception = Assert.Throws<OptionsException>(
            () => Compress(new CompressionOptions { Error = 0.01, Methods = [CompressionMethod.TtSvd], MaxRank = 1 }).Dispose());

        Assert.Contains("the least error measured is 0.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'rows' in float32 loses nothing", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_BytesAndErrorOrNeither_IsRefused()
    {
        OptionsException both = Assert.Throws<OptionsException>(() => Compress(new CompressionOptions { Error = 0.1, Bytes = 1000 }).Dispose());
        OptionsException neither = Assert.Throws<OptionsException>(() => Compress(new CompressionOptions()).Dispose());
        OptionsException range = Assert.Throws<OptionsException>(() => Compress(new CompressionOptions { Error = 1.5, MaxRank = 0 }).Dispose());

        Assert.Contains("give exactly one of them", both.Message, StringComparison.Ordinal);
        Assert.Contains("give exactly one of them", neither.Message, StringComparison.Ordinal);
        Assert.Contains("error is 1.5", range.Message, StringComparison.Ordinal);
        Assert.Contains("maxRank is 0", range.Message, StringComparison.Ordinal);
    }

    /// <summary>Towers within the error too, and no wider than that: 1e-3 is more than float16 loses and less than int8.</summary>
    [Theory]
    [InlineData(1e-5, StorageType.Float32)]
    [InlineData(1e-3, StorageType.Float16)]
    [InlineData(0.1, StorageType.Int8)]
    public void Run_AskedError_ChoosesTheTowersStorageByIt(double error, StorageType storage)
    {
        using CompressedModel compressed = Compress(new CompressionOptions { Error = error });

        Assert.Equal(storage, compressed.Model.Options.Model.Storage.Mlps);
    }

    [Fact]
    public void FirstGood_AnyGuess_FindsTheBorder()
    {
        for (int count = 1; count <= 20; count++)
        {
            for (int border = 0; border <= count; border++)
            {
                for (int guess = 0; guess < count; guess++)
                {
                    int tests = 0;
                    int? found = ErrorChoice.FirstGood(count, guess, place =>
                    {
                        tests++;
                        return place >= border;
                    });
                    Assert.Equal(border == count ? null : border, found);
                    Assert.True(tests <= 2 + (2 * Math.Ceiling(Math.Log2(2 + Math.Abs(guess - border)))), $"{tests} tests from {guess} to {border} of {count}.");
                }
            }
        }
    }

    private static SourceTable Zeros(int table) => new(SampleTables.Names[table], new ArrayRows(new float[SampleTables.Rows[table] * SampleTables.Columns], SampleTables.Columns));

    private CompressedModel Compress(CompressionOptions options) => ModelCompressor.Run(_device, _tables.Source, options);
}
