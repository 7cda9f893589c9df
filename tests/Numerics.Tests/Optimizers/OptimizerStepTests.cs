using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Optimizers;

/// <summary>What every device's optimiser steps must fulfil.</summary>
public abstract class OptimizerStepTests
{
    private const float LearningRate = 0.05f;
    private const float Epsilon = 1e-7f;
    private const float Scale = 0.37f;

    /// <summary>Gets lengths around vectors and pieces.</summary>
    public static TheoryData<int> Lengths => [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1023, 16383, 16384, 16385, 40000];

    /// <summary>Gets row lengths around vectors.</summary>
    public static TheoryData<int> Dims => [1, 3, 4, 7, 8, 9, 16, 17, 64];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SgdStep_AnyLength_MatchesReference(int length)
    {
        using IDevice device = CreateDevice();
        using DeviceArrays arrays = new(device, length, 2);

        device.SgdStep(arrays[0], arrays[1], LearningRate, Scale);

        float[] w = arrays[0].ToArray();
        for (int i = 0; i < length; i++)
        {
            double expected = arrays.Start[0][i];
            OptimizerKernels.SgdReference(ref expected, arrays.Start[1][i] * (double)Scale, LearningRate);
            RoundingBound.Check(expected, w[i], Bound(arrays.Start[0][i], expected), $"w[{i}] of {length}");
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AdagradStep_TwoSteps_MatchReference(int length)
    {
        using IDevice device = CreateDevice();
        using DeviceArrays arrays = new(device, length, 3);

        device.AdagradStep(arrays[0], arrays[1], arrays[2], LearningRate, Epsilon, Scale);
        device.AdagradStep(arrays[0], arrays[1], arrays[2], LearningRate, Epsilon, Scale);

        float[] w = arrays[0].ToArray();
        float[] s = arrays[2].ToArray();
        for (int i = 0; i < length; i++)
        {
            (double value, double sum) = (arrays.Start[0][i], arrays.Start[2][i]);
            OptimizerKernels.AdagradReference(ref value, arrays.Start[1][i] * (double)Scale, ref sum, LearningRate, Epsilon);
            OptimizerKernels.AdagradReference(ref value, arrays.Start[1][i] * (double)Scale, ref sum, LearningRate, Epsilon);
            RoundingBound.Check(value, w[i], 2 * Bound(arrays.Start[0][i], value), $"w[{i}] of {length}");
            RoundingBound.Check(sum, s[i], RoundingBound.Gamma(6) * sum, $"s[{i}] of {length}");
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AdamStep_SeveralSteps_MatchReference(int length)
    {
        using IDevice device = CreateDevice();
        using DeviceArrays arrays = new(device, length, 4);
        double[][] exact = [.. arrays.Start.Select(a => Array.ConvertAll(a, v => (double)v))];

        for (int step = 3; step < 6; step++)
        {
            AdamArguments arguments = new(LearningRate, 0.9f, 0.999f, Epsilon, step, Scale);
            device.AdamStep(arrays[0], arrays[1], arrays[2], arrays[3], arguments);
            for (int i = 0; i < length; i++)
            {
                OptimizerKernels.AdamReference(ref exact[0][i], exact[1][i], ref exact[2][i], ref exact[3][i], arguments);
            }
        }

        float[] w = arrays[0].ToArray();
        float[] m = arrays[2].ToArray();
        float[] v = arrays[3].ToArray();
        for (int i = 0; i < length; i++)
        {
            // Three steps of about ten roundings; the moments' terms may cancel, so their sizes stand in the bound.
            double gamma = RoundingBound.Gamma(40);
            double size = Math.Abs(arrays.Start[2][i]) + Math.Abs(arrays.Start[1][i]);
            double den = Math.Sqrt(exact[3][i] / (1 - Math.Pow(0.999f, 5))) + Epsilon;
            double moved = 3 * LearningRate * size / (0.1 * den);
            RoundingBound.Check(exact[0][i], w[i], gamma * (Math.Abs(arrays.Start[0][i]) + moved), $"w[{i}] of {length}");
            RoundingBound.Check(exact[2][i], m[i], gamma * size, $"m[{i}] of {length}");
            RoundingBound.Check(exact[3][i], v[i], gamma * exact[3][i], $"v[{i}] of {length}");
        }
    }

    [Fact]
    public void AdamStep_FirstStep_MovesByTheLearningRate()
    {
        using IDevice device = CreateDevice();
        using DeviceArrays arrays = new(device, 2, 4);
        arrays[0].CopyFrom([1f, 1f]);
        arrays[1].CopyFrom([3f, -0.5f]);
        arrays[2].Clear();
        arrays[3].Clear();

        device.AdamStep(arrays[0], arrays[1], arrays[2], arrays[3], new AdamArguments(0.25f, 0.9f, 0.999f, 0f, 1, 1f));

        float[] w = arrays[0].ToArray();
        Assert.Equal(0.75f, w[0], 1e-6f);
        Assert.Equal(1.25f, w[1], 1e-6f);
    }

    [Theory]
    [MemberData(nameof(Dims))]
    public void AdagradRowsStep_TouchedRows_EqualsDenseStepBitForBit(int dim)
    {
        using IDevice device = CreateDevice();
        using RowCase rows = new(device, dim);
        using DeviceArrays dense = new(device, rows.Table.Start[0].Length, 3);
        dense[1].CopyFrom(rows.DenseGradient());

        device.AdagradRowsStep(rows.TableView, rows.Groups, rows.GradientView, rows.Table[2], LearningRate, Epsilon, Scale);
        device.AdagradStep(dense[0], dense[1], dense[2], LearningRate, Epsilon, Scale);

        Assert.Equal(dense[0].ToArray(), rows.Table[0].ToArray());
        Assert.Equal(dense[2].ToArray(), rows.Table[2].ToArray());
    }

    [Theory]
    [MemberData(nameof(Dims))]
    public void AdamRowsStep_TouchedRows_EqualsDenseStepAndLeavesOthersAlone(int dim)
    {
        using IDevice device = CreateDevice();
        using RowCase rows = new(device, dim);
        using DeviceArrays dense = new(device, rows.Table.Start[0].Length, 4);
        dense[1].CopyFrom(rows.DenseGradient());
        AdamArguments arguments = new(LearningRate, 0.9f, 0.999f, Epsilon, 4, Scale);

        device.AdamRowsStep(rows.TableView, rows.Groups, rows.GradientView, rows.Table[2], rows.Table[3], arguments);
        device.AdamStep(dense[0], dense[1], dense[2], dense[3], arguments);

        foreach (int array in (int[])[0, 2, 3])
        {
            float[] expected = dense[array].ToArray();
            float[] actual = rows.Table[array].ToArray();
            for (int i = 0; i < expected.Length; i++)
            {
                bool isTouched = rows.IsTouched(i / dim);
                Assert.Equal(isTouched ? expected[i] : rows.Table.Start[array][i], actual[i]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dims))]
    public void RowwiseAdagradStep_TouchedRows_MatchReferenceAndLeavesOthersAlone(int dim)
    {
        using IDevice device = CreateDevice();
        using RowCase rows = new(device, dim);

        device.RowwiseAdagradStep(rows.TableView, rows.Groups, rows.GradientView, rows.Table[2], LearningRate, Epsilon, Scale);

        float[] w = rows.Table[0].ToArray();
        float[] s = rows.Table[2].ToArray();
        float[] gradient = rows.DenseGradient();
        for (int row = 0; row < RowCase.Rows; row++)
        {
            double[] values = Array.ConvertAll(rows.Table.Start[0][(row * dim)..((row + 1) * dim)], v => (double)v);
            double[] g = Array.ConvertAll(gradient[(row * dim)..((row + 1) * dim)], v => v * (double)Scale);
            double sum = rows.Table.Start[2][row];
            if (rows.IsTouched(row))
            {
                OptimizerKernels.RowwiseAdagradReference(values, g, ref sum, LearningRate, Epsilon);
            }

            RoundingBound.Check(sum, s[row], rows.IsTouched(row) ? RoundingBound.Gamma(4) * sum : 0, $"s[{row}]");
            for (int j = 0; j < dim; j++)
            {
                double start = rows.Table.Start[0][(row * dim) + j];
                RoundingBound.Check(values[j], w[(row * dim) + j], rows.IsTouched(row) ? Bound(start, values[j]) : 0, $"w[{row}, {j}]");
            }
        }
    }

    [Fact]
    public void AdagradRowsStep_NoRows_DoesNothing()
    {
        using IDevice device = CreateDevice();
        using RowCase rows = new(device, 5);
        using RowGroups none = HostGroups.Of(device);

        device.AdagradRowsStep(rows.TableView, none, rows.GradientView, rows.Table[2], LearningRate, Epsilon, Scale);

        Assert.Equal(rows.Table.Start[0], rows.Table[0].ToArray());
    }

    /// <summary>Makes the device under test.</summary>
    protected abstract IDevice CreateDevice();

    /// <summary>One step: about eight roundings of the update and one of the sum.</summary>
    private static double Bound(double before, double after) =>
        RoundingBound.Gamma(10) * Math.Abs(after - before) + (RoundingBound.Gamma(1) * Math.Max(Math.Abs(before), Math.Abs(after)));
}
