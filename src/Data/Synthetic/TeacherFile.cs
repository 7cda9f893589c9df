using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Writes and reads the teacher beside a dataset's <c>schema.json</c>: <c>teacher.json</c> and <c>teacher.bin</c>.</summary>
public static class TeacherFile
{
    /// <summary>The name of the description's file.</summary>
    public const string FileName = "teacher.json";

    /// <summary>The name of the parameters' file.</summary>
    public const string ParametersFileName = "teacher.bin";

    /// <summary>The version of the layout that this code writes, and the newest that it reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The format's name.</summary>
    internal const string FormatName = "dlrm-teacher";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // The figures of an empty split are NaN.
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Gets whether a dataset has a known teacher.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <returns>True when there is a description.</returns>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Writes both files.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="generator">Options and teacher.</param>
    /// <param name="figures">The figures of each split, in the order of <see cref="DatasetSplit"/>.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="IOException">The disk does not suffice.</exception>
    internal static TeacherDescription Write(string folder, SyntheticGenerator generator, BayesFigures[] figures)
    {
        SyntheticTeacher teacher = generator.Teacher;
        List<TeacherTableDescription> tables = [];
        using (FileStream stream = new(Path.Combine(folder, ParametersFileName), FileMode.Create, FileAccess.Write))
        {
            for (int t = 0; t < teacher.Tables.Count; t++)
            {
                tables.Add(Describe(teacher.Tables[t], generator.Options.Tables[t].ZipfExponent, $"C{t + 1}", stream.Position));
                byte[] bytes = new byte[teacher.Tables[t].Bytes];
                ReadOnlySpan<float> parameters = teacher.Tables[t].Parameters;
                for (int i = 0; i < parameters.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), parameters[i]);
                }

                stream.Write(bytes);
            }
        }

        TeacherDescription description = new()
        {
            Seed = generator.Options.Seed,
            ScrambleIds = generator.Options.ScrambleIds,
            Train = figures[(int)DatasetSplit.Train],
            Valid = figures[(int)DatasetSplit.Valid],
            Test = figures[(int)DatasetSplit.Test],
            Tables = tables,
            BottomWeights = teacher.BottomWeights,
            BottomBias = teacher.BottomBias,
            DenseWeights = teacher.DenseWeights,
            FirstOrderWeights = teacher.FirstOrderWeights,
            PairWeights = teacher.PairWeights,
            Bias = teacher.Bias,
        };
        File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(description, Json) + "\n");
        return description;
    }

    /// <summary>Reads the description.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <returns>The description.</returns>
    /// <exception cref="DataFormatException">There is none, or it is not one of ours; the message has the path.</exception>
    public static TeacherDescription ReadDescription(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{folder} has no {FileName}: only datasets of 'dlrm generate' have a known teacher.");
        }

        try
        {
            TeacherDescription description = JsonSerializer.Deserialize<TeacherDescription>(File.ReadAllText(path), Json)
                ?? throw new JsonException("it is null");
            return description.Format == FormatName && description.Version == CurrentVersion
                ? description
                : throw new DataFormatException(
                    $"{path} is '{description.Format}' of version {description.Version}, but '{FormatName}' of version {CurrentVersion} is expected.");
        }
        catch (JsonException exception)
        {
            throw new DataFormatException($"{path} is not a teacher's description: {exception.Message} Generate the dataset again.", exception);
        }
    }

    /// <summary>Reads the teacher, which gives the true probability of any row.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <returns>The teacher.</returns>
    /// <exception cref="DataFormatException">A file is missing, cut short, or contradicts itself; the message has the path.</exception>
    public static SyntheticTeacher Read(string folder)
    {
        TeacherDescription description = ReadDescription(folder);
        string path = Path.Combine(folder, ParametersFileName);
        byte[] bytes = File.Exists(path)
            ? File.ReadAllBytes(path)
            : throw new DataFormatException($"{path} is missing: copy the whole folder, or generate the dataset again.");
        long expected = description.Tables.Sum((TeacherTableDescription table) => table.Bytes);
        if (bytes.LongLength != expected)
        {
            throw new DataFormatException($"{path} has {bytes.LongLength} bytes, but the tables of {FileName} need {expected}: generate the dataset again.");
        }

        try
        {
            return new SyntheticTeacher
            {
                BottomWeights = description.BottomWeights,
                BottomBias = description.BottomBias,
                DenseWeights = description.DenseWeights,
                FirstOrderWeights = description.FirstOrderWeights,
                PairWeights = description.PairWeights,
                Bias = description.Bias,
                Tables = [.. description.Tables.Select((TeacherTableDescription table) => TableOf(table, description.BottomBias.Length, bytes))],
            };
        }
        catch (ArgumentException exception)
        {
            throw new DataFormatException($"{Path.Combine(folder, FileName)} contradicts itself: {exception.Message}", exception);
        }
    }

    private static TeacherTable TableOf(TeacherTableDescription table, int embeddingDim, byte[] bytes)
    {
        TtmShape? shape = table.IsTtm ? new TtmShape(table.Rows, [.. table.RowModes], [.. table.ColumnModes], [.. table.Ranks]) : null;
        float[] parameters = new float[table.Parameters];
        ReadOnlySpan<byte> source = bytes.AsSpan(checked((int)table.Offset), parameters.Length * sizeof(float));
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(i * sizeof(float))..]);
        }

        return new TeacherTable(table.Rows, embeddingDim, shape, parameters);
    }

    private static TeacherTableDescription Describe(TeacherTable table, double zipfExponent, string name, long offset) => new()
    {
        Name = name,
        Rows = table.Rows,
        ZipfExponent = zipfExponent,
        RowModes = table.Shape is null ? [] : table.Shape.RowModes.ToArray(),
        ColumnModes = table.Shape is null ? [] : table.Shape.ColumnModes.ToArray(),
        Ranks = table.Shape is null ? [] : table.Shape.Ranks.ToArray(),
        Parameters = table.Parameters.Length,
        Bytes = table.Bytes,
        Offset = offset,
    };
}
