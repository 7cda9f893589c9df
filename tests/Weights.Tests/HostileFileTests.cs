using System.Diagnostics;
using System.Text;
using Dlrm.TestSupport;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>Files made to do harm are refused in a sentence, or opened with the hostile part opaque: quickly, in little memory, and without running anything.</summary>
public sealed class HostileFileTests
{
    private const long MostAllocatedBytes = 64L << 20;
    /// <summary>The promise is a second on a quiet machine; tests share theirs with others.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, HostileFile> Files = HostilePickles.All.Concat(HostileContainers.All).ToDictionary(static file => file.Name, StringComparer.Ordinal);

    /// <summary>Gets what the files try.</summary>
    public static TheoryData<string> Names => [.. Files.Keys];

    /// <summary>Outcome, memory and time of one file.</summary>
    /// <param name="name">What it tries.</param>
    [Theory]
    [MemberData(nameof(Names))]
    public void Open_HostileFile_IsHarmless(string name)
    {
        HostileFile hostile = Files[name];
        byte[] bytes = hostile.Make();
        Exception? exception = null;
        OpaqueNode[] opaque = [];
        int tensors = 0;

        // The best of three, because other programs use the processors too.
        TimeSpan least = TimeSpan.MaxValue;
        long allocated = 0;
        for (int i = 0; i < 3 && least > MostTime; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            exception = Record.Exception(() =>
            {
                using WeightFile file = WeightSamples.Open(bytes, "hostile.bin");
                (opaque, tensors) = ([.. file.Opaque], file.Tensors.Count);
            });
            least = TimeSpan.FromTicks(Math.Min(least.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        if (hostile.Refusal is null)
        {
            Assert.Null(exception);
            Assert.Equal(hostile.Tensors, tensors);
            Assert.True(hostile.Opaque is null || opaque.Any(node => node.Name == hostile.Opaque), $"Not named: {hostile.Opaque}; but {string.Join(", ", opaque.Select(static node => node.Name))}");
        }
        else
        {
            WeightFormatException refusal = Assert.IsType<WeightFormatException>(exception);
            Assert.Contains(hostile.Refusal, refusal.Message, StringComparison.Ordinal);
            Assert.StartsWith("hostile.bin: ", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(refusal.Message, static letter => char.IsControl(letter));
            Assert.InRange(refusal.Message.Length, 20, 2000);
        }

        Assert.InRange(allocated, 0, MostAllocatedBytes);
        Assert.InRange(least, TimeSpan.Zero, MostTime);
        Assert.False(File.Exists(Path.Combine(Path.GetTempPath(), HostilePickles.Marker)));
    }

    /// <summary>There are at least as many as promised.</summary>
    [Fact]
    public void Files_OfThisTest_AreAtLeast60() => Assert.True(Files.Count >= 60, $"There are {Files.Count}.");

    /// <summary>Every shorter part of a small file is refused, whatever its format.</summary>
    /// <param name="kind">The format.</param>
    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("safetensors")]
    [InlineData("npy")]
    [InlineData("npz")]
    public void Open_TruncatedAnywhere_IsRefused(string kind)
    {
        byte[] bytes = MutationSamples.Generated[kind];

        List<int> opened = [];
        for (int length = 0; length < bytes.Length; length++)
        {
            if (Record.Exception(() => WeightSamples.Open(bytes[..length]).Dispose()) is not WeightFormatException)
            {
                opened.Add(length);
            }
        }

        Assert.Empty(opened);
    }

    /// <summary>The room has no means of running anything: no reflection, no processes, no serializers.</summary>
    [Fact]
    public void Sources_OfTheRoom_CanRunNothing()
    {
        string[] banned = ["System.Reflection", "Activator", "Assembly.", "Type.GetType", "typeof(", "Process", "BinaryFormatter", "DynamicInvoke", "MethodInfo", "Linq.Expressions", "AppDomain", "LoadContext", "dynamic "];
        string[] files = Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "src", "Weights"), "*.cs", SearchOption.AllDirectories);

        string[] wrong = [.. from file in files
                             from line in File.ReadLines(file)
                             where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
                             from word in banned
                             where line.Contains(word, StringComparison.Ordinal)
                             select $"{Path.GetFileName(file)}: {line.Trim()}"];

        Assert.True(files.Length > 20, "The sources were not found.");
        Assert.Empty(wrong);
    }
}
