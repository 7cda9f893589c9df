using System.Diagnostics;
using Dlrm.TestSupport;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>Damaged files are refused or opened; nothing else ever happens. 53,000 seeded mutations over all tests here.</summary>
[Trait("Speed", "Slow")]
public sealed class MutationTests
{
    private const int Seed = 20210405;
    private const int OfGenerated = 5_500;
    private const int OfReal = 1_500;
    private const long MostAllocatedBytes = 64L << 20;

    // A file is to take a second at most; a busy machine may take the processor away for longer.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    /// <summary>Gets the generated files.</summary>
    public static TheoryData<string> Generated => [.. MutationSamples.Generated.Keys];

    /// <summary>Generated files of every format.</summary>
    /// <param name="kind">The format.</param>
    [Theory]
    [MemberData(nameof(Generated))]
    public void Open_MutatedSample_IsRefusedOrOpened(string kind) => Mutate(MutationSamples.Generated[kind], kind, OfGenerated, wholeFile: true);

    /// <summary>Small real files; most damage goes to their descriptions.</summary>
    /// <param name="name">The file.</param>
    [SkippableTheory]
    [InlineData("checkpoints-torch/fm_whole_model_legacy.pt")]
    [InlineData("checkpoints-torch/fuxictr_FM_avazu.model")]
    [InlineData("checkpoints-torch/ffm_whole_model_legacy.pt")]
    [InlineData("checkpoints-safetensors/model2vec_int8.safetensors")]
    [InlineData("checkpoints-safetensors/model2vec_vocab-quantized.safetensors")]
    [InlineData("embeddings-text-binary/finalfusion_similarity.bin")]
    public void Open_MutatedRealFile_IsRefusedOrOpened(string name) => Mutate(File.ReadAllBytes(SharedData.Require(name)), name, OfReal, wholeFile: false);

    private static void Mutate(byte[] original, string name, int count, bool wholeFile)
    {
        Random random = new(Seed);
        int opened = 0;
        int refused = 0;
        long most = 0;
        TimeSpan slowest = TimeSpan.Zero;
        string slowestMutation = string.Empty;
        byte[] bytes = [.. original];
        for (int k = 0; k < count; k++)
        {
            int kind = random.Next(wholeFile ? 4 : 2);
            byte[] mutated = bytes;
            List<int> places = [];
            if (kind < 2)
            {
                for (int n = 1 + random.Next(3); n > 0; n--)
                {
                    int place = Place(random, bytes.Length, wholeFile);
                    places.Add(place);
                    bytes[place] = kind == 0 ? (byte)(bytes[place] ^ (1 << random.Next(8))) : Value(random);
                }
            }
            else
            {
                int from = random.Next(bytes.Length);
                int length = random.Next(Math.Min(32, bytes.Length - from));
                int to = random.Next(bytes.Length);
                mutated = kind == 2 ? [.. bytes[..from], .. bytes[(from + length)..]] : [.. bytes[..to], .. bytes[from..(from + length)], .. bytes[to..]];
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            Exception? exception = Record.Exception(() => Use(mutated));
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            if (time > slowest)
            {
                (slowest, slowestMutation) = (time, $"mutation {k}: {exception?.Message ?? "opened"}");
            }

            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(exception is null or WeightFormatException, $"{name}, mutation {k} (seed {Seed}): {exception}");
            _ = exception is null ? opened++ : refused++;
            places.ForEach(place => bytes[place] = original[place]);
        }

        Assert.Equal(original, bytes);
        Assert.True(refused > count / 200, $"Only {refused} of {count} were refused: do the mutations reach the description?");
        Assert.True(opened > 0, "None was opened: is the sample right?");
        Assert.InRange(most, 0, MostAllocatedBytes);
        Assert.True(slowest < Hang, $"{name}, {slowestMutation}: {slowest}");
    }

    private static void Use(byte[] bytes)
    {
        using WeightFile file = WeightSamples.Open(bytes, "mutated.bin");
        foreach (StoredTensor tensor in file.Tensors.Take(4))
        {
            if (tensor.Rows > 0 && tensor.Columns is > 0 and <= 4096 && tensor.Type is not (ElementType.Complex64 or ElementType.Complex128))
            {
                tensor.ReadRows(tensor.Rows - 1, new float[tensor.Columns]);
            }

            if (tensor.Bytes < 4096)
            {
                _ = tensor.Sha256();
            }
        }
    }

    private static int Place(Random random, int length, bool wholeFile) => random.Next(wholeFile ? 1 : 8) switch
    {
        0 => random.Next(length),
        <= 5 => random.Next(Math.Min(3000, length)),
        _ => length - 1 - random.Next(Math.Min(3000, length)),
    };

    private static byte Value(Random random) => random.Next(3) switch
    {
        0 => (byte)random.Next(256),
        1 => (byte)(random.Next(2) * 255),
        _ => (byte)"(.012FIJKLMNPQRSTUVX]abcdeghijlopqrst}uGB"[random.Next(40)],
    };
}
