using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dlrm.Reporting;

namespace Dlrm.Tests.Reporting;

public sealed partial class SvgChartTests
{
    /// <summary>Gets awkward points: none, one, equal, NaN, infinite, huge, tiny, negative.</summary>
    public static TheoryData<double[], double[]> AwkwardPoints => new()
    {
        { [], [] },
        { [1], [1] },
        { [0], [0] },
        { [1, 2], [5, 5] },
        { [1, 1], [1, 2] },
        { [1, 2, 3], [double.NaN, double.NaN, double.NaN] },
        { [1, 2, 3, 4, 5], [1, double.NaN, 3, double.PositiveInfinity, 2] },
        { [double.NaN, 1], [1, 1] },
        { [-1e300, 1e300], [-1e300, 1e300] },
        { [1e-300, 2e-300], [-1e-300, 1e-300] },
        { [1, 2], [double.MaxValue, -double.MaxValue] },
        { [1e9, 1e9 + 1], [0.7500001, 0.7500002] },
        { [-3, -2], [-7, 0] },
    };

    [Theory]
    [MemberData(nameof(AwkwardPoints))]
    public void ToSvg_AwkwardPoints_IsXmlWithPlacesInside(double[] x, double[] y)
    {
        foreach (ChartMark mark in Enum.GetValues<ChartMark>())
        {
            foreach (bool isLogarithmic in (bool[])[false, true])
            {
                SvgChart chart = Chart(new ChartSeries("a", [.. x.Zip(y, (left, right) => new ChartPoint(left, right, "label", 0.1))], mark)) with
                {
                    X = new ChartAxis("x", IsLogarithmic: isLogarithmic),
                    Y = new ChartAxis("y", AxisFormat.Bytes, isLogarithmic, StartsAtZero: !isLogarithmic),
                };

                string svg = chart.ToSvg(isStandalone: true);

                XDocument.Parse(svg);
                Assert.DoesNotMatch("NaN|Infinity|∞", svg);
                foreach (Match match in Circle().Matches(svg))
                {
                    Assert.InRange(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), 0, chart.Width);
                    Assert.InRange(double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), 0, chart.Height);
                }
            }
        }
    }

    [Fact]
    public void ToSvg_NotFinitePoint_InterruptsTheLine()
    {
        string svg = Chart(new ChartSeries(string.Empty, [new(0, 0), new(1, 1), new(2, double.NaN), new(3, 1), new(4, 0)])).ToSvg(isStandalone: false);

        string path = XDocument.Parse(svg).Descendants().Single(element => (string?)element.Attribute("class") == "line").Attribute("d")!.Value;

        Assert.Equal(2, path.Count(letter => letter == 'M'));
        Assert.Equal(2, path.Count(letter => letter == 'L'));
    }

    [Fact]
    public void ToSvg_NoPoint_SaysSo() => Assert.Contains("no data yet", Chart(new ChartSeries("a", [])).ToSvg(isStandalone: false), StringComparison.Ordinal);

    [Fact]
    public void ToSvg_HostileTexts_AreEscaped()
    {
        string hostile = "</title><script>alert('1')</script>&\"\u0001\ud800" + new string('x', 500);

        string svg = (Chart(new ChartSeries(hostile, [new(1, 1, hostile)], ChartMark.Dots)) with { Title = hostile, X = new ChartAxis(hostile) }).ToSvg(isStandalone: true);

        Assert.DoesNotContain(XDocument.Parse(svg).Descendants(), element => element.Name.LocalName == "script");
    }

    [Fact]
    public void ToSvg_HundredThousandPoints_KeepsExtremesAndStaysSmall()
    {
        ChartPoint[] points = [.. Enumerable.Range(0, 100_000).Select(i => new ChartPoint(i, i == 54_321 ? 100 : Math.Sin(i)))];

        string svg = Chart(new ChartSeries(string.Empty, points)).ToSvg(isStandalone: false);
        string path = XDocument.Parse(svg).Descendants().Single(element => (string?)element.Attribute("class") == "line").Attribute("d")!.Value;

        Assert.InRange(svg.Length, 1000, 20_000);
        Assert.Single(Regex.Matches(path, "[ML][0-9.]+ ([0-9.]+)"), match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) < 100);
    }

    [Theory]
    [InlineData(0, 1, 5, "0|0.2|0.4|0.6|0.8|1.0")]
    [InlineData(0.7412, 0.7533, 7, "0.742|0.744|0.746|0.748|0.750|0.752")]
    [InlineData(0, 25_000, 5, "0|5000|10k|15k|20k|25k")]
    [InlineData(3, 3, 6, "2.7|2.8|2.9|3.0|3.1|3.2|3.3")]
    public void Ticks_Linear_AreRound(double low, double high, int most, string expected)
    {
        Ticks ticks = new(new ChartAxis("x"), [low, high], most, isTight: true);

        Assert.Equal(expected, string.Join('|', ticks.Values.Select(value => SvgText.Tick(value, AxisFormat.Number, ticks.Step))));
    }

    [Theory]
    [InlineData(1, 1e6, "1 B|10 B|100 B|1 kB|10 kB|100 kB|1 MB")]
    [InlineData(1e3, 5e4, "1 kB|2 kB|5 kB|10 kB|20 kB|50 kB")]
    public void Ticks_Logarithmic_AreRound(double low, double high, string expected)
    {
        Ticks ticks = new(new ChartAxis("x", AxisFormat.Bytes, IsLogarithmic: true), [low, high], 8, isTight: true);

        Assert.Equal(expected, string.Join('|', ticks.Values.Select(value => SvgText.Tick(value, AxisFormat.Bytes, ticks.Step))));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(999.6, "1 kB")]
    [InlineData(1234, "1.23 kB")]
    [InlineData(56_789_000, "56.8 MB")]
    [InlineData(2.56e11, "256 GB")]
    public void Bytes_AnySize_HasThreeDigitsAndAUnit(double bytes, string expected) => Assert.Equal(expected, SvgText.Bytes(bytes));

    [Theory]
    [InlineData(0)]
    [InlineData(26)]
    public void Bars_AnyNumber_IsXmlAndHasARowEach(int count)
    {
        SvgBars bars = new()
        {
            Title = "bytes",
            Before = "dense",
            After = "stored",
            Axis = new ChartAxis("bytes", AxisFormat.Bytes),
            Bars = [.. Enumerable.Range(0, count).Select(i => new ChartBar(new string('n', i * 5), Math.Pow(10, i / 2), i == 3 ? 0 : i == 4 ? double.NaN : i, "note " + i))],
        };

        XDocument svg = XDocument.Parse(bars.ToSvg(isStandalone: true));

        Assert.DoesNotMatch("NaN|Infinity", svg.ToString());
        Assert.Equal(count, svg.Descendants().Count(element => (string?)element.Attribute("class") == "strong end"));
    }

    [Fact]
    public void Save_Chart_StandsAlone()
    {
        using TemporaryFolder folder = new();

        Chart(new ChartSeries("a", [new(1, 2)], ChartMark.Dots)).Save(folder.File("x.svg"));

        Assert.Equal("svg", XDocument.Load(folder.File("x.svg")).Root!.Name.LocalName);
        Assert.Contains("prefers-color-scheme", File.ReadAllText(folder.File("x.svg")), StringComparison.Ordinal);
    }

    private static SvgChart Chart(params ChartSeries[] series) => new() { Title = "t", X = new ChartAxis("x"), Y = new ChartAxis("y"), Series = series };

    [GeneratedRegex("cx=\"([^\"]+)\" cy=\"([^\"]+)\"")]
    private static partial Regex Circle();
}
