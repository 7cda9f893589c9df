using System.Text;

namespace Dlrm.Data.Tests;

public sealed class XxHash64Tests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0x44BC2CF5AD770999UL)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1UL)]
    public void Hash_KnownTexts_GiveTheKnownAnswers(string text, ulong expected) => Assert.Equal(expected, XxHash64.Hash(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Hash_Seed_ChangesTheHash() => Assert.Equal(0xAC75FDA2929B17EFUL, XxHash64.Hash([], 2654435761));

    [Fact]
    public void Hash_Integer_IsThatOfItsEightBytes() => Assert.Equal(XxHash64.Hash([2, 1, 0, 0, 0, 0, 0, 0], 9), XxHash64.Hash(258, 9));
}
