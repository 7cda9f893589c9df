using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Applies an optimiser's formula to consecutive weights.</summary>
/// <remarks>
/// <para>Every weight is computed by itself with the same operations wherever it stands, so touched rows get the bits of a dense step.
/// The vectors need no fused operations, and their bits do not depend on the vector width.</para>
/// <para>Error of one step, u = 2⁻²⁴: a relative γ(8) of each term of the formulas.</para>
/// </remarks>
internal static unsafe class OptimizerKernels
{
    /// <summary>Takes one step of <paramref name="length"/> weights.</summary>
    /// <typeparam name="TRule">The optimiser.</typeparam>
    /// <param name="rule">Its numbers.</param>
    /// <param name="value">w.</param>
    /// <param name="gradient">g.</param>
    /// <param name="first">The first state, or null.</param>
    /// <param name="second">The second state, or null.</param>
    /// <param name="length">The number of weights.</param>
    internal static void Apply<TRule>(TRule rule, float* value, float* gradient, float* first, float* second, long length)
        where TRule : struct, IStepRule
    {
        long i = 0;
        for (; i + 8 <= length; i += 8)
        {
            Vector256<float> w = Vector256.Load(value + i);
            Vector256<float> s = TRule.States > 0 ? Vector256.Load(first + i) : default;
            Vector256<float> t = TRule.States > 1 ? Vector256.Load(second + i) : default;
            rule.Step(ref w, Vector256.Load(gradient + i), ref s, ref t);
            w.Store(value + i);
            if (TRule.States > 0)
            {
                s.Store(first + i);
            }

            if (TRule.States > 1)
            {
                t.Store(second + i);
            }
        }

        if (i < length)
        {
            ApplyEnd(rule, value + i, gradient + i, first + i, second + i, (int)(length - i));
        }
    }

    /// <summary>Sums squares in double: eight lanes, added in order.</summary>
    /// <param name="values">The values.</param>
    /// <param name="length">How many.</param>
    /// <param name="scale">Multiplies each value first.</param>
    /// <returns>The sum.</returns>
    internal static double SumOfSquares(float* values, int length, float scale)
    {
        Vector256<double> low = default;
        Vector256<double> high = default;
        for (int i = 0; i < length; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(VectorEnds.Load(values + i, length - i) * scale);
            low += a * a;
            high += b * b;
        }

        Vector256<double> sum = low + high;
        return ((sum[0] + sum[1]) + sum[2]) + sum[3];
    }

    /// <summary>The definition of SGD.</summary>
    /// <param name="value">w.</param>
    /// <param name="gradient">g, scaled.</param>
    /// <param name="learningRate">lr.</param>
    internal static void SgdReference(ref double value, double gradient, double learningRate) => value -= learningRate * gradient;

    /// <summary>The definition of Adagrad.</summary>
    /// <param name="value">w.</param>
    /// <param name="gradient">g, scaled.</param>
    /// <param name="sumOfSquares">Σ.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="epsilon">ε.</param>
    internal static void AdagradReference(ref double value, double gradient, ref double sumOfSquares, double learningRate, double epsilon)
    {
        sumOfSquares += gradient * gradient;
        value -= learningRate * gradient / (Math.Sqrt(sumOfSquares) + epsilon);
    }

    /// <summary>The definition of row-wise Adagrad.</summary>
    /// <param name="values">A row of w.</param>
    /// <param name="gradients">A row of g, scaled.</param>
    /// <param name="rowSum">Σ of the row.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="epsilon">ε.</param>
    internal static void RowwiseAdagradReference(Span<double> values, ReadOnlySpan<double> gradients, ref double rowSum, double learningRate, double epsilon)
    {
        double sum = 0;
        foreach (double g in gradients)
        {
            sum += g * g;
        }

        rowSum += sum / gradients.Length;
        for (int j = 0; j < values.Length; j++)
        {
            values[j] -= learningRate * gradients[j] / (Math.Sqrt(rowSum) + epsilon);
        }
    }

    /// <summary>The definition of Adam.</summary>
    /// <param name="value">w.</param>
    /// <param name="gradient">g, not scaled.</param>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="arguments">Rates and step.</param>
    internal static void AdamReference(ref double value, double gradient, ref double first, ref double second, AdamArguments arguments)
    {
        double g = gradient * arguments.GradientScale;
        first = (arguments.Beta1 * first) + ((1.0 - arguments.Beta1) * g);
        second = (arguments.Beta2 * second) + ((1.0 - arguments.Beta2) * g * g);
        double firstHat = first / (1.0 - Math.Pow(arguments.Beta1, arguments.Step));
        double secondHat = second / (1.0 - Math.Pow(arguments.Beta2, arguments.Step));
        value -= arguments.LearningRate * firstHat / (Math.Sqrt(secondHat) + arguments.Epsilon);
    }

    private static void ApplyEnd<TRule>(TRule rule, float* value, float* gradient, float* first, float* second, int count)
        where TRule : struct, IStepRule
    {
        Vector256<float> w = VectorEnds.Load(value, count);
        Vector256<float> s = TRule.States > 0 ? VectorEnds.Load(first, count) : default;
        Vector256<float> t = TRule.States > 1 ? VectorEnds.Load(second, count) : default;
        rule.Step(ref w, VectorEnds.Load(gradient, count), ref s, ref t);
        VectorEnds.Store(w, value, count);
        if (TRule.States > 0)
        {
            VectorEnds.Store(s, first, count);
        }

        if (TRule.States > 1)
        {
            VectorEnds.Store(t, second, count);
        }
    }
}
