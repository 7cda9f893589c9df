using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Draws a teacher and scales it to the AUC and base rate that the options ask for.</summary>
/// <remarks>
/// <para>On 65,536 calibration rows of their own stream: dense features enter the bottom layer standardised; every first-order weight is set so
/// that its term has the variance that the table's weight says; dense, first-order and pair terms get the shares of the logit's variance that
/// the options say (pairs need two tables); then scale and bias are solved for.</para>
/// </remarks>
internal static class TeacherBuilder
{
    private const int CalibrationBlocks = 8;

    /// <summary>Draws a teacher.</summary>
    /// <param name="options">Checked options.</param>
    /// <param name="sampler">The features' distribution.</param>
    /// <param name="parameterStream">Where the parameters are drawn from.</param>
    /// <param name="calibrationStream">Where the calibration rows are drawn from.</param>
    /// <returns>The teacher.</returns>
    internal static SyntheticTeacher Build(
        GeneratorOptions options, FeatureSampler sampler, RandomStream parameterStream, RandomStream calibrationStream)
    {
        SyntheticBlock[] blocks = DrawRows(options, sampler, calibrationStream);
        SyntheticTeacher raw = DrawParameters(options, blocks, new Xoshiro256(parameterStream.Derive(0)), parameterStream.Derive(1));
        double[] firstOrder = WeighFirstOrder(raw, options.Tables, blocks);
        SyntheticTeacher weighted = Rescale(raw, raw.DenseWeights, firstOrder, raw.PairWeights, 0);

        TeacherTerms deviations = Deviations(weighted, blocks);
        double denseScale = ScaleFor(options.DenseShare, deviations.Dense);
        double firstOrderScale = ScaleFor(1 - options.DenseShare - options.PairShare, deviations.FirstOrder);
        double pairScale = ScaleFor(options.PairShare, deviations.Pairs);
        SyntheticTeacher balanced = Scale(weighted, denseScale, firstOrderScale, pairScale, 0);

        (double scale, double bias) = LogitCalibration.Solve(LogitsOf(balanced, blocks), options.TargetAuc, options.BaseRate);
        return Scale(balanced, scale, scale, scale, bias);
    }

    private static SyntheticBlock[] DrawRows(GeneratorOptions options, FeatureSampler sampler, RandomStream stream)
    {
        SyntheticBlock[] blocks = new SyntheticBlock[CalibrationBlocks];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new SyntheticBlock(options.DenseFeatures, options.Tables.Count) { Count = SyntheticBlock.Rows };
            sampler.Fill(blocks[i], stream.Derive((ulong)i));
        }

        return blocks;
    }

    private static SyntheticTeacher DrawParameters(
        GeneratorOptions options, SyntheticBlock[] blocks, Xoshiro256 random, RandomStream tableStream)
    {
        int dim = options.EmbeddingDim;
        int features = options.DenseFeatures;
        double[] weights = new double[dim * features];
        double[] bias = new double[dim];
        double[] denseWeights = new double[dim];
        for (int j = 0; j < dim; j++)
        {
            bias[j] = 0.25 + random.NextUniform();
            denseWeights[j] = random.NextNormal();
            for (int f = 0; f < features; f++)
            {
                weights[(j * features) + f] = 0.5 * random.NextNormal() / Math.Sqrt(features);
            }
        }

        // W·(x - mean)/deviation + a, folded into W and a, so that the teacher reads the features as they are stored.
        for (int f = 0; f < features; f++)
        {
            (double mean, double deviation) = MomentsOf(blocks, f);
            for (int j = 0; j < dim; j++)
            {
                weights[(j * features) + f] /= deviation;
                bias[j] -= weights[(j * features) + f] * mean;
            }
        }

        double[] firstOrder = new double[options.Tables.Count];
        double[] pairs = new double[options.Tables.Count];
        TeacherTable[] tables = new TeacherTable[options.Tables.Count];
        for (int t = 0; t < tables.Length; t++)
        {
            firstOrder[t] = random.NextUniform() < 0.5 ? -1 : 1;
            pairs[t] = random.NextUniform() < 0.5 ? -1 : 1;
            tables[t] = TeacherTable.Draw(options.Tables[t], dim, tableStream.Derive((ulong)t));
        }

        return new SyntheticTeacher
        {
            BottomWeights = weights,
            BottomBias = bias,
            DenseWeights = denseWeights,
            FirstOrderWeights = firstOrder,
            PairWeights = pairs,
            Bias = 0,
            Tables = tables,
        };
    }

    /// <summary>Scales every table's first-order weight so that the term's variance is the table's weight in the options.</summary>
    private static double[] WeighFirstOrder(SyntheticTeacher teacher, IReadOnlyList<SyntheticTable> options, SyntheticBlock[] blocks)
    {
        int tables = teacher.Tables.Count;
        double[] sums = new double[tables];
        double[] squares = new double[tables];
        double[] terms = new double[tables];
        RowBuffer buffer = new(teacher);
        foreach (SyntheticBlock block in blocks)
        {
            for (int i = 0; i < block.Count; i++)
            {
                teacher.FirstOrderTerms(buffer.Load(block, i), buffer.Ids, buffer.Scratch, buffer.Row, terms);
                for (int t = 0; t < tables; t++)
                {
                    sums[t] += terms[t];
                    squares[t] += terms[t] * terms[t];
                }
            }
        }

        double count = blocks.Sum((SyntheticBlock block) => block.Count);
        double[] scaled = new double[tables];
        for (int t = 0; t < tables; t++)
        {
            double variance = Math.Max(0, (squares[t] / count) - (sums[t] / count * (sums[t] / count)));
            scaled[t] = teacher.FirstOrderWeights[t] * ScaleFor(options[t].Weight, Math.Sqrt(variance));
        }

        return scaled;
    }

    private static SyntheticTeacher Scale(SyntheticTeacher teacher, double dense, double firstOrder, double pairs, double bias)
    {
        double root = Math.Sqrt(pairs);
        return Rescale(
            teacher,
            [.. teacher.DenseWeights.Select((double weight) => weight * dense)],
            [.. teacher.FirstOrderWeights.Select((double weight) => weight * firstOrder)],
            [.. teacher.PairWeights.Select((double weight) => weight * root)],
            bias);
    }

    private static SyntheticTeacher Rescale(SyntheticTeacher teacher, double[] dense, double[] firstOrder, double[] pairs, double bias) => new()
    {
        BottomWeights = teacher.BottomWeights,
        BottomBias = teacher.BottomBias,
        DenseWeights = dense,
        FirstOrderWeights = firstOrder,
        PairWeights = pairs,
        Bias = bias,
        Tables = teacher.Tables,
    };

    /// <summary>Gets √share / deviation; 0 for a term that does not vary, such as the pairs of a single table.</summary>
    private static double ScaleFor(double share, double deviation) => deviation > 1e-12 ? Math.Sqrt(share) / deviation : 0;

    private static (double Mean, double Deviation) MomentsOf(SyntheticBlock[] blocks, int feature)
    {
        double sum = 0;
        double squares = 0;
        int count = 0;
        foreach (SyntheticBlock block in blocks)
        {
            for (int i = feature; i < block.Count * block.DenseFeatures; i += block.DenseFeatures)
            {
                sum += block.Dense[i];
                squares += (double)block.Dense[i] * block.Dense[i];
                count++;
            }
        }

        double mean = sum / count;
        return (mean, Math.Sqrt(Math.Max((squares / count) - (mean * mean), 1e-12)));
    }

    private static TeacherTerms Deviations(SyntheticTeacher teacher, SyntheticBlock[] blocks)
    {
        List<TeacherTerms> terms = TermsOf(teacher, blocks);
        return new TeacherTerms
        {
            Dense = Deviation([.. terms.Select((TeacherTerms term) => term.Dense)]),
            FirstOrder = Deviation([.. terms.Select((TeacherTerms term) => term.FirstOrder)]),
            Pairs = Deviation([.. terms.Select((TeacherTerms term) => term.Pairs)]),
        };
    }

    private static double[] LogitsOf(SyntheticTeacher teacher, SyntheticBlock[] blocks) =>
        [.. TermsOf(teacher, blocks).Select((TeacherTerms term) => term.Dense + term.FirstOrder + term.Pairs)];

    private static List<TeacherTerms> TermsOf(SyntheticTeacher teacher, SyntheticBlock[] blocks)
    {
        List<TeacherTerms> terms = [];
        RowBuffer buffer = new(teacher);
        foreach (SyntheticBlock block in blocks)
        {
            for (int i = 0; i < block.Count; i++)
            {
                terms.Add(teacher.Terms(buffer.Load(block, i), buffer.Ids, buffer.Scratch, buffer.Row));
            }
        }

        return terms;
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return Math.Sqrt(squares / values.Length);
    }
}
