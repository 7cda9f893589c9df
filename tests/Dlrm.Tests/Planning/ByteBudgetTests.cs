using Dlrm.Planning;

namespace Dlrm.Tests.Planning;

public sealed class ByteBudgetTests
{
    [Theory]
    [InlineData("100x", 5_000_000)]
    [InlineData("62.5 X", 8_000_000)]
    [InlineData("430778", 430_778)]
    [InlineData("420kB", 420_000)]
    [InlineData("1.5 MB", 1_500_000)]
    [InlineData("2gb", 2_000_000_000)]
    [InlineData("17 B", 17)]
    public void BytesOf_AText_IsWhatItSays(string text, long expected) => Assert.Equal(expected, ByteBudget.TryParse(text)!.BytesOf(500_000_000));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("0x")]
    [InlineData("-5")]
    [InlineData("5 MiB")]
    [InlineData("much")]
    [InlineData("1,5MB")]
    [InlineData("NaN")]
    [InlineData("0.1")]
    public void TryParse_NoBudget_IsNull(string text) => Assert.Null(ByteBudget.TryParse(text));
}
