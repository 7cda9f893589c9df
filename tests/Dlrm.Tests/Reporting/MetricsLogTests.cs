using Dlrm.Reporting;

namespace Dlrm.Tests.Reporting;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LogPath => _folder.File("metrics.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_EveryField_ComesBack()
    {
        MetricsRecord entry = new()
        {
            Step = 7,
            Epoch = 1,
            Samples = 99,
            ElapsedSeconds = 1.5,
            SamplesPerSecond = 1e6,
            Loss = 0.25,
            Auc = double.NaN,
            GradientNorm = double.PositiveInfinity,
            StoredBytes = long.MaxValue,
            Tables = [new TableRecord("tables.\"C1\"\n", "TT", [2, 3], 5, 6), new TableRecord("tables.C2", "dense", null, 6, 6)],
            Pruned = [new PruningRecord("tables.C1", -1, double.NaN, 2, [])],
            Validation = new ValidationRecord(10, 0.75, 0.5, 0.9, double.NaN),
        };
        using (MetricsLog log = MetricsLog.Create(LogPath))
        {
            log.Append(entry);
        }

        MetricsRecord back = Assert.Single(MetricsLog.Read(LogPath).Records);

        Assert.True(double.IsNaN(back.Auc) && double.IsNaN(back.GradientNorm) && double.IsNaN(back.Validation!.Calibration));
        Assert.Equal((7, 1, 99, 1.5, 1e6, 0.25, long.MaxValue), (back.Step, back.Epoch, back.Samples, back.ElapsedSeconds, back.SamplesPerSecond, back.Loss, back.StoredBytes));
        Assert.Equal([2, 3], back.Tables[0].Ranks!);
        Assert.Equal("tables.\"C1\"\n", back.Tables[0].Name);
        Assert.Null(back.Tables[1].Ranks);
        Assert.Empty(back.Pruned[0].Ranks);
        Assert.Equal(-1, back.Pruned[0].Bond);
        Assert.Single(File.ReadAllLines(LogPath));
        Assert.DoesNotContain("NaN", File.ReadAllText(LogPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Append_BeforeDispose_IsOnDisk()
    {
        using MetricsLog log = MetricsLog.Create(LogPath);

        log.Append(new MetricsRecord { Step = 1 });

        Assert.Single(MetricsLog.Read(LogPath).Records);
    }

    [Fact]
    public void Resume_TornLastLine_IsDroppedAndTheLogGoesOn()
    {
        Write(1, 2, 3);
        string text = File.ReadAllText(LogPath);
        for (int cut = 1; cut < text.Length - text.IndexOf('\n', StringComparison.Ordinal); cut += 7)
        {
            File.WriteAllText(LogPath, text[..^cut]);
            using (MetricsLog log = MetricsLog.Resume(LogPath, 99))
            {
                log.Append(new MetricsRecord { Step = 100 });
            }

            (IReadOnlyList<MetricsRecord> records, int unreadable) = MetricsLog.Read(LogPath);
            Assert.Equal(0, unreadable);
            Assert.Equal([.. Enumerable.Range(1, records.Count - 1).Select(step => (long)step), 100], records.Select(entry => entry.Step));
        }
    }

    [Fact]
    public void Resume_LinesAfterTheStep_AreDropped()
    {
        Write(100, 200, 300, 400);

        using (MetricsLog log = MetricsLog.Resume(LogPath, 200))
        {
            log.Append(new MetricsRecord { Step = 300, Loss = 9 });
        }

        Assert.Equal([100, 200, 300], MetricsLog.Read(LogPath).Records.Select(entry => entry.Step));
        Assert.Equal(9, MetricsLog.Read(LogPath).Records[^1].Loss);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Resume_NoFile_StartsOne()
    {
        using (MetricsLog log = MetricsLog.Resume(LogPath, 5))
        {
            log.Append(new MetricsRecord { Step = 6 });
        }

        Assert.Equal(6, Assert.Single(MetricsLog.Read(LogPath).Records).Step);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("\n\n", 0, 0)]
    [InlineData("{\"step\":1}", 1, 0)]
    [InlineData("{\"step\":1}\n{\"ste", 1, 1)]
    [InlineData("null\n{}\n[]\n{\"step\":\"1\"}\nx", 0, 5)]
    [InlineData("{\"step\":1,\"later\":{\"version\":2}}\n{\"step\":2,\"loss\":null}", 2, 0)]
    public void Read_AnyText_CountsWhatItCannotRead(string text, int records, int unreadable)
    {
        File.WriteAllText(LogPath, text);

        (IReadOnlyList<MetricsRecord> found, int bad) = MetricsLog.Read(LogPath);

        Assert.Equal((records, unreadable), (found.Count, bad));
    }

    private void Write(params long[] steps)
    {
        using MetricsLog log = MetricsLog.Create(LogPath);
        foreach (long step in steps)
        {
            log.Append(new MetricsRecord { Step = step });
        }
    }
}
