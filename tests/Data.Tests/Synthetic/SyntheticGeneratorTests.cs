using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dlrm.Data.Synthetic;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests.Synthetic;

public sealed class SyntheticGeneratorTests
{
    /// <summary>Gets a generator of seed 7; making one calibrates a teacher, which takes most of a small test.</summary>
    internal static Lazy<SyntheticGenerator> Seven { get; } = new(() => new SyntheticGenerator(SmallOptions(7)));

    [Fact]
    public void Fill_SameSeed_GivesTheSameBytes()
    {
        Assert.Equal(Digest(Small(7), 2, 0), Digest(new SyntheticGenerator(SmallOptions(7)), 2, 0));
    }

    [Fact]
    public void Fill_AnotherSeedOrBlock_GivesOtherBytes()
    {
        SyntheticGenerator generator = Small(7);
        Assert.NotEqual(Digest(generator, 0), Digest(Small(8), 0));
        Assert.NotEqual(Digest(generator, 0), Digest(generator, 1));
    }

    [Fact]
    public void Fill_BlocksInAnyOrder_GivesTheSameBytes()
    {
        SyntheticGenerator generator = Small(7);
        SyntheticBlock block = generator.NewBlock();
        generator.Fill(2, block);
        string last = Digest(block);
        generator.Fill(0, block);
        string first = Digest(block);
        generator.Fill(1, block);

        Assert.Equal(Digest(Small(7), 0), first);
        Assert.Equal(Digest(Small(7), 1), Digest(block));
        Assert.Equal(Digest(Small(7), 2), last);
    }

    [Fact]
    public void Fill_FewerRows_AreTheBeginningOfMore()
    {
        SyntheticBlock less = Filled(new SyntheticGenerator(SmallOptions(7) with { Rows = 5000 }), 0);
        SyntheticBlock more = Filled(Small(7), 0);

        Assert.Equal(5000, less.Count);
        Assert.Equal(SyntheticBlock.Rows, more.Count);
        Assert.Equal(more.Logits[..5000], less.Logits[..5000]);
        Assert.Equal(more.Labels[..5000], less.Labels[..5000]);
        Assert.Equal(more.Ids[1][..5000], less.Ids[1][..5000]);
    }

    [Fact]
    public void Fill_Logits_AreTheDefinitionInDouble()
    {
        SyntheticGenerator generator = Small(7);
        SyntheticBlock block = Filled(generator, 1);
        for (int i = 0; i < 500; i++)
        {
            long[] ids = [.. block.Ids.Select((long[] column) => column[i])];
            ReadOnlySpan<float> dense = block.Dense.AsSpan(i * block.DenseFeatures, block.DenseFeatures);
            double expected = LogitByDefinition(generator.Teacher, dense, ids, out double magnitude);

            Assert.Equal(expected, block.Logits[i], 1e-13 * magnitude);
            Assert.Equal(block.Logits[i], generator.Teacher.Logit(dense, ids));
        }
    }

    [Fact]
    public void Fill_FreshRows_BayesFiguresAreWithinSamplingErrorOfTheExpectedOnes()
    {
        SyntheticGenerator generator = new(SmallOptions(11) with { Rows = 100_000 });
        BayesAccumulator accumulator = new();
        foreach (SyntheticBlock block in AllBlocks(generator))
        {
            accumulator.Add(block, 0, block.Count);
        }

        BayesFigures figures = accumulator.Compute();

        // Var(AUC) is at most AUC·(1 - AUC)/min(positives, negatives) (Birnbaum, Klose 1957); five deviations.
        double positives = figures.Samples * Math.Min(figures.BaseRate, 1 - figures.BaseRate);
        double aucDeviation = Math.Sqrt(figures.ExpectedAuc * (1 - figures.ExpectedAuc) / positives);
        Assert.Equal(100_000, figures.Samples);
        Assert.Equal(figures.ExpectedAuc, figures.Auc, 5 * aucDeviation);
        Assert.Equal(figures.ExpectedBaseRate, figures.BaseRate, 5 * Math.Sqrt(0.25 / figures.Samples));
        Assert.Equal(figures.ExpectedLogLoss, figures.LogLoss, 5 / Math.Sqrt(figures.Samples));
        Assert.Equal(generator.Options.TargetAuc, figures.ExpectedAuc, 0.01);
        Assert.Equal(generator.Options.BaseRate, figures.ExpectedBaseRate, 0.01);
    }

    [Theory]
    [InlineData(0.65, 0.03)]
    [InlineData(0.9, 0.5)]
    public void Fill_OtherTargets_AreMet(double targetAuc, double baseRate)
    {
        SyntheticGenerator generator = new(SmallOptions(3) with { Rows = 60_000, TargetAuc = targetAuc, BaseRate = baseRate });
        BayesAccumulator accumulator = new();
        foreach (SyntheticBlock block in AllBlocks(generator))
        {
            accumulator.Add(block, 0, block.Count);
        }

        Assert.Equal(targetAuc, accumulator.Compute().ExpectedAuc, 0.01);
        Assert.Equal(baseRate, accumulator.Compute().ExpectedBaseRate, 0.05 * baseRate);
    }

    [Fact]
    public void BayesAccumulator_OneBlock_IsTheQuadraticDefinition()
    {
        SyntheticBlock block = Filled(Small(5), 0);
        BayesAccumulator accumulator = new();
        accumulator.Add(block, 100, 1500);
        BayesFigures figures = accumulator.Compute();

        double won = 0;
        double pairs = 0;
        double expectedWon = 0;
        double expectedPairs = 0;
        double loss = 0;
        for (int i = 100; i < 1600; i++)
        {
            double p = 1 / (1 + Math.Exp(-block.Logits[i]));
            loss -= block.Labels[i] == 1 ? Math.Log(p) : Math.Log(1 - p);
            for (int j = 100; j < 1600; j++)
            {
                double q = 1 / (1 + Math.Exp(-block.Logits[j]));
                double win = block.Logits[i] > block.Logits[j] ? 1 : block.Logits[i] == block.Logits[j] ? 0.5 : 0;
                won += block.Labels[i] * (1 - block.Labels[j]) * win;
                pairs += block.Labels[i] * (1 - block.Labels[j]);
                expectedWon += p * (1 - q) * win;
                expectedPairs += p * (1 - q);
            }
        }

        Assert.Equal(won / pairs, figures.Auc, 1e-4);
        Assert.Equal(expectedWon / expectedPairs, figures.ExpectedAuc, 1e-4);
        Assert.Equal(loss / 1500, figures.LogLoss, 12);
    }

    [Fact]
    public void Fill_Labels_AreCalibratedWithinEveryTenthOfProbability()
    {
        SyntheticGenerator generator = new(SmallOptions(13) with { Rows = 100_000 });
        double[] expected = new double[10];
        double[] variance = new double[10];
        double[] drawn = new double[10];
        foreach (SyntheticBlock block in AllBlocks(generator))
        {
            for (int i = 0; i < block.Count; i++)
            {
                double p = 1 / (1 + Math.Exp(-block.Logits[i]));
                int bin = (int)(10 * p);
                expected[bin] += p;
                variance[bin] += p * (1 - p);
                drawn[bin] += block.Labels[i];
            }
        }

        for (int bin = 0; bin < 10; bin++)
        {
            Assert.Equal(expected[bin], drawn[bin], (5 * Math.Sqrt(variance[bin])) + 1e-9);
        }
    }

    [Fact]
    public void Fill_EachGroupOfTerms_HasItsShareOfTheLogit()
    {
        SyntheticGenerator generator = Small(7);
        SyntheticBlock block = Filled(generator, 0);
        RowBuffer buffer = new(generator.Teacher);
        List<TeacherTerms> terms = [];
        for (int i = 0; i < block.Count; i++)
        {
            terms.Add(generator.Teacher.Terms(buffer.Load(block, i), buffer.Ids, buffer.Scratch, buffer.Row));
        }

        double dense = Variance(terms.Select((TeacherTerms term) => term.Dense));
        double firstOrder = Variance(terms.Select((TeacherTerms term) => term.FirstOrder));
        double pairs = Variance(terms.Select((TeacherTerms term) => term.Pairs));
        double sum = dense + firstOrder + pairs;

        Assert.InRange(dense / sum, 0.10, 0.20);
        Assert.InRange(firstOrder / sum, 0.60, 0.80);
        Assert.InRange(pairs / sum, 0.10, 0.20);
    }

    [Fact]
    public void Fill_Scrambled_IsABijectionOfTheFrequencyOrder()
    {
        SyntheticBlock plain = Filled(Small(7), 0);
        SyntheticBlock scrambled = Filled(new SyntheticGenerator(SmallOptions(7) with { ScrambleIds = true }), 0);
        HashSet<(long, long)> pairs = [.. plain.Ids[0].Zip(scrambled.Ids[0])];

        Assert.Equal(plain.Ids[0].Distinct().Count(), pairs.Count);
        Assert.Equal(scrambled.Ids[0].Distinct().Count(), pairs.Count);
        Assert.NotEqual(plain.Ids[0], scrambled.Ids[0]);
        Assert.All(scrambled.Ids[0], (long id) => Assert.InRange(id, 0, 19_999));
    }

    [Fact]
    public void Fill_BillionRowTable_NeedsLittleMemory()
    {
        GeneratorOptions options = new()
        {
            Rows = 1_000_000_000,
            EmbeddingDim = 64,
            Tables = [new SyntheticTable { Rows = 1_000_000_000, TeacherRanks = [4, 3] }],
        };
        SyntheticGenerator generator = new(options);
        SyntheticBlock block = Filled(generator, generator.Blocks - 1);

        Assert.Equal(options.Rows, block.FirstRow + block.Count);
        Assert.Contains(block.Ids[0], (long id) => id > 100_000_000);
        Assert.True(generator.Teacher.Tables[0].Bytes < 1 << 20, $"{generator.Teacher.Tables[0].Bytes} bytes");
        Assert.Contains(1f, block.Labels[..block.Count]);
    }

    internal static GeneratorOptions SmallOptions(ulong seed) => new()
    {
        Seed = seed,
        Rows = 20_000,
        DenseFeatures = 5,
        EmbeddingDim = 8,
        Tables =
        [
            new SyntheticTable { Rows = 20_000, ZipfExponent = 0.8, TeacherRanks = [2, 4] },
            new SyntheticTable { Rows = 5000, TeacherRanks = [3] },
            new SyntheticTable { Rows = 40 },
        ],
    };

    internal static string Digest(SyntheticBlock block)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(block.Labels.AsSpan(0, block.Count)));
        hash.AppendData(MemoryMarshal.AsBytes(block.Logits.AsSpan(0, block.Count)));
        hash.AppendData(MemoryMarshal.AsBytes(block.Dense.AsSpan(0, block.Count * block.DenseFeatures)));
        foreach (long[] ids in block.Ids)
        {
            hash.AppendData(MemoryMarshal.AsBytes(ids.AsSpan(0, block.Count)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static SyntheticGenerator Small(ulong seed) => seed == 7 ? Seven.Value : new SyntheticGenerator(SmallOptions(seed));

    private static SyntheticBlock Filled(SyntheticGenerator generator, long number)
    {
        SyntheticBlock block = generator.NewBlock();
        generator.Fill(number, block);
        return block;
    }

    private static string Digest(SyntheticGenerator generator, params long[] numbers) =>
        string.Concat(numbers.Select((long number) => Digest(Filled(generator, number))));

    private static IEnumerable<SyntheticBlock> AllBlocks(SyntheticGenerator generator)
    {
        SyntheticBlock block = generator.NewBlock();
        for (long number = 0; number < generator.Blocks; number++)
        {
            generator.Fill(number, block);
            yield return block;
        }
    }

    private static double Variance(IEnumerable<double> values)
    {
        double mean = values.Average();
        return values.Average((double value) => (value - mean) * (value - mean));
    }

    /// <summary>The teacher's formula term by term, every pair on its own, with the tables' rows as floats.</summary>
    private static double LogitByDefinition(SyntheticTeacher teacher, ReadOnlySpan<float> dense, long[] ids, out double magnitude)
    {
        int dim = teacher.EmbeddingDim;
        double[] bottom = new double[dim];
        for (int j = 0; j < dim; j++)
        {
            bottom[j] = teacher.BottomBias[j];
            for (int f = 0; f < dense.Length; f++)
            {
                bottom[j] += teacher.BottomWeights[(j * dense.Length) + f] * dense[f];
            }

            bottom[j] = Math.Max(0, bottom[j]);
        }

        float[][] rows = [.. ids.Select((long id, int t) => TeacherTableTests.RowByDefinition(teacher.Tables[t], id))];
        double logit = teacher.Bias;
        magnitude = Math.Abs(logit);
        for (int j = 0; j < dim; j++)
        {
            Add(ref logit, ref magnitude, teacher.DenseWeights[j] * bottom[j]);
            for (int t = 0; t < ids.Length; t++)
            {
                Add(ref logit, ref magnitude, teacher.FirstOrderWeights[t] * bottom[j] * rows[t][j]);
                for (int s = 0; s < t; s++)
                {
                    Add(ref logit, ref magnitude, teacher.PairWeights[s] * teacher.PairWeights[t] * rows[s][j] * rows[t][j]);
                }
            }
        }

        // The closed form also has the squares, which cancel.
        for (int t = 0; t < ids.Length; t++)
        {
            magnitude += rows[t].Sum((float x) => teacher.PairWeights[t] * teacher.PairWeights[t] * x * x);
        }

        return logit;
    }

    private static void Add(ref double sum, ref double magnitude, double term)
    {
        sum += term;
        magnitude += Math.Abs(term);
    }
}
