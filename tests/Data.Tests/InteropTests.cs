using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Dlrm.Data.Interop;

namespace Dlrm.Data.Tests;

public sealed class InteropTests
{
    [Fact]
    public void Structs_Layout_IsThatOfTheCHeader()
    {
        Assert.Equal(48, Unsafe.SizeOf<NativeResult>());
        Assert.Equal(40, Marshal.OffsetOf<NativeResult>(nameof(NativeResult.InternalData)));
        Assert.Equal(24, Unsafe.SizeOf<QueryProgress>());
        Assert.Equal(0, Marshal.OffsetOf<QueryProgress>(nameof(QueryProgress.Percentage)));
        Assert.Equal(16, Unsafe.SizeOf<ListEntry>());
        Assert.Equal(8, Marshal.OffsetOf<ListEntry>(nameof(ListEntry.Length)));
        Assert.Equal(16, Unsafe.SizeOf<StringValue>());
    }

    [Fact]
    public void LibraryVersion_IsTheOneOfTheHeader() => Assert.StartsWith("v1.5.", DuckDbLibraryVersion(), StringComparison.Ordinal);

    [Theory, InlineData(0), InlineData(1), InlineData(12), InlineData(13), InlineData(1000)]
    public void Read_TextsOfAnyLength_AreWhole(int length)
    {
        using DuckDbConnection connection = new(new DuckDbOptions());
        using DuckDbReader reader = connection.Query($"SELECT repeat('ü', {length}) AS t, NULL::VARCHAR AS n, [1, NULL, 3] AS l, 7::TINYINT AS b");

        Assert.True(reader.Read());

        Assert.Equal(new string('ü', length), Encoding.UTF8.GetString(StringValue.Bytes(in reader.Column<StringValue>(0)[0])));
        Assert.Equal(0UL, reader.Validity(1)[0] & 1);
        Assert.Equal((ColumnType.List, ColumnType.Integer), (reader.TypeOf(2), reader.ElementTypeOf(2)));
        Assert.Equal(3UL, reader.Column<ListEntry>(2)[0].Length);
        Assert.Equal([1, 3], (int[])[reader.Elements<int>(2)[0], reader.Elements<int>(2)[2]]);
        Assert.Equal(0b101UL, reader.ElementValidity(2)[0] & 0b111);
        Assert.Equal("b", reader.NameOf(3));
        Assert.False(reader.Read());
    }

    [Fact]
    public void Query_FailureWhileStreaming_Throws()
    {
        using DuckDbConnection connection = new(new DuckDbOptions { Threads = 1 });
        using DuckDbReader reader = connection.Query("SELECT CASE WHEN i = 900000 THEN error('too far') ELSE i END FROM range(1000000) t(i)");

        DuckDbException exception = Assert.Throws<DuckDbException>(() =>
        {
            while (reader.Read())
            {
            }
        });

        Assert.Contains("too far", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_Cancelled_StopsAndTheConnectionLives()
    {
        using DuckDbConnection connection = new(new DuckDbOptions { Threads = 1 });
        using CancellationTokenSource source = new();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => connection.Execute("CREATE TABLE t AS SELECT sum(i * i % 7) FROM range(1000000000000) a(i)", null, source.Token));
        Assert.Equal(5, connection.Scalar("SELECT 5::BIGINT"));
    }

    [Fact]
    public void Connection_ExtensionsAndSettings_AreLocked()
    {
        using DuckDbConnection connection = new(new DuckDbOptions());

        Assert.Throws<DuckDbException>(() => connection.Execute("SET autoinstall_known_extensions = true"));
        Assert.Throws<DuckDbException>(() => connection.Scalar("SELECT count(*) FROM read_parquet('s3://nowhere/x.parquet')"));
    }

    [Fact]
    public void RowHash_InSql_IsOurs()
    {
        using DuckDbConnection connection = new(new DuckDbOptions());

        for (long row = 0; row < 5; row++)
        {
            Assert.Equal((long)(XxHash64.Hash(row, 42) >> 1), connection.Scalar($"SELECT CAST(dlrm_hash(42::UBIGINT, {row}::UBIGINT) >> 1 AS BIGINT)"));
        }
    }

    [Fact]
    public void Candidates_Variable_IsTheOnlyOne()
    {
        Assert.Equal(["/x/my.so"], DuckDbLibrary.Candidates("/x/my.so", "/a/b"));
        Assert.Contains(Path.Combine("/a", "native", "libduckdb.so"), DuckDbLibrary.Candidates(null, "/a/b"));
        Assert.Equal(Path.Combine(Path.GetTempPath(), "libduckdb.so"), Assert.Single(DuckDbLibrary.Candidates(Path.GetTempPath(), "/a/b")));
    }

    [Theory, InlineData("a[b]c"), InlineData("what?"), InlineData("st*r"), InlineData("it's")]
    public void FileLiteral_OddNames_AreTakenAsTheyAre(string name)
    {
        using TemporaryFolder folder = new();
        using DuckDbConnection connection = new(new DuckDbOptions());
        Directory.CreateDirectory(folder[name]);
        string path = Path.Combine(folder[name], name + ".parquet");
        connection.Execute($"COPY (SELECT 1) TO {DuckDbConnection.Literal(path)} (FORMAT parquet)");

        Assert.Equal(1, connection.Scalar($"SELECT count(*) FROM read_parquet({DuckDbConnection.FileLiteral(path)})"));
    }

    private static string DuckDbLibraryVersion()
    {
        using DuckDbConnection connection = new(new DuckDbOptions());
        return DuckDbConnection.LibraryVersion;
    }
}
