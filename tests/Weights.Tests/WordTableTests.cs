using System.IO.Compression;
using System.Text;
using Dlrm.TestSupport;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>Tables of words and their vectors.</summary>
public sealed class WordTableTests
{
    /// <summary>Real tables: form and size.</summary>
    /// <param name="name">The file.</param>
    /// <param name="format">Its form.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="dimensions">Its columns.</param>
    [SkippableTheory]
    [InlineData("glove.6B.50d.top9163.txt.gz", WeightFormat.TextTable, 9163, 50)]
    [InlineData("glove50_subset_w2v_header.txt.gz", WeightFormat.TextTable, 2987, 50)]
    [InlineData("retrofitting_sample_vec.txt.gz", WeightFormat.TextTable, 1000, 48)]
    [InlineData("gensim_test_glove.txt.gz", WeightFormat.TextTable, 76, 50)]
    [InlineData("gensim_lee_fasttext.vec.gz", WeightFormat.TextTable, 1762, 10)]
    [InlineData("gensim_euclidean_vectors.bin", WeightFormat.Word2VecBinary, 2747, 10)]
    [InlineData("finalfusion_similarity.bin", WeightFormat.Word2VecBinary, 41, 100)]
    [InlineData("finalfusion_similarity.txt", WeightFormat.TextTable, 41, 100)]
    [InlineData("finalfusion_similarity.nodims", WeightFormat.TextTable, 41, 100)]
    [InlineData("finalfusion_utf8-incomplete.bin", WeightFormat.Word2VecBinary, 3, 3)]
    [InlineData("finalfusion_utf8-incomplete.txt", WeightFormat.TextTable, 3, 3)]
    public void Open_RealTable_HasItsShape(string name, WeightFormat format, long rows, long dimensions)
    {
        using TemporaryFolder folder = new();
        string path = Unpacked(SharedData.Require(Path.Combine("embeddings-text-binary", name)), folder);

        using WeightFile file = WeightFile.Open(path);

        StoredTensor table = Assert.Single(file.Tensors);
        Assert.Equal(format, file.Format);
        Assert.Equal([rows, dimensions], table.Shape);
        float[] last = new float[dimensions];
        table.ReadRows(rows - 1, last);
        Assert.All(last, static value => Assert.True(float.IsFinite(value)));
    }

    /// <summary>The same vectors in three forms.</summary>
    [SkippableFact]
    public void ReadRows_OfTheSameTable_IsEqualInTextAndBinary()
    {
        string[] names = ["finalfusion_similarity.bin", "finalfusion_similarity.txt", "finalfusion_similarity.nodims"];

        float[][] tables = [.. names.Select(static name =>
        {
            using WeightFile file = WeightFile.Open(SharedData.Require("embeddings-text-binary/" + name));
            float[] values = new float[41 * 100];
            file.Tensors[0].ReadRows(0, values);
            return values;
        })];

        Assert.Equal(1.4724287f, tables[1][0]);
        Assert.Equal(tables[1], tables[2]);
        Assert.All(tables[0].Zip(tables[1]), static pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    /// <summary>A word of several parts, and numbers in any notation.</summary>
    [Fact]
    public void Open_WordsWithSpaces_TakesTheLastNumbers()
    {
        using WeightFile file = WeightSamples.Open(Encoding.UTF8.GetBytes("the 1 2.5 -3e-1\n. . . 4 5 6 \nat 7 8 9"));
        float[] values = new float[9];

        file.Tensors[0].ReadRows(0, values);

        Assert.Equal([1f, 2.5f, -0.3f, 4f, 5f, 6f, 7f, 8f, 9f], values);
    }

    /// <summary>Rows that do not fit are told with their number.</summary>
    /// <param name="text">The file.</param>
    /// <param name="expected">In the message.</param>
    [Theory]
    [InlineData("the 1 2 3\nof 1 2\n", "row 2 has 3 fields")]
    [InlineData("3 2\nthe 1 2\nof 3 4\n", "It has 2 rows, and its first line says 3")]
    [InlineData("2 2\nthe 1 x\n", "it is cut short")]
    [InlineData("9223372036854775807 65536\nthe ", "it is cut short")]
    [InlineData("hello world\n", "It is no file of weights that is known")]
    public void Open_BadTable_IsRefused(string text, string expected)
    {
        WeightFormatException exception = Assert.Throws<WeightFormatException>(() => WeightSamples.Open(Encoding.UTF8.GetBytes(text)));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A number that is none is told when it is read.</summary>
    [Fact]
    public void ReadRows_BadNumber_NamesTheRow()
    {
        using WeightFile file = WeightSamples.Open("the 1 2 3\nof 1 x 3\n"u8.ToArray());

        WeightFormatException exception = Assert.Throws<WeightFormatException>(() => file.Tensors[0].ReadRows(0, new float[3]));

        Assert.Contains("Its row 2 does not end in 3 numbers", exception.Message, StringComparison.Ordinal);
    }

    private static string Unpacked(string path, TemporaryFolder folder)
    {
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            return path;
        }

        using GZipStream packed = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream bytes = new();
        packed.CopyTo(bytes);
        return folder.Write("table.txt", bytes.ToArray());
    }
}
