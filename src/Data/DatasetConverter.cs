using System.Globalization;
using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Makes a dataset from raw files: text or Parquet rows → vocabulary or hash, splits, shards, schema.</summary>
/// <remarks>
/// Three passes: the raw rows are read and checked once into intermediate Parquet files; values are counted feature by feature over the training
/// rows; rows are encoded in order and written. Larger data than memory spill to disk in every pass.
/// <para>Ids of a vocabulary are in descending order of frequency, ties by the bytes of the value, so they depend on the training rows alone.</para>
/// </remarks>
public sealed class DatasetConverter
{
    private const ulong ShufflePurpose = 0x5348554646;
    private const double ReadShare = 0.4;
    private const double CountShare = 0.2;

    private readonly ConvertOptions _options;
    private readonly IProgress<ConvertProgress>? _progress;
    private readonly CancellationToken _cancellation;

    private DatasetConverter(ConvertOptions options, IProgress<ConvertProgress>? progress, CancellationToken cancellation)
    {
        _options = options;
        _progress = progress;
        _cancellation = cancellation;
    }

    /// <summary>Converts.</summary>
    /// <param name="options">What, how, and where to.</param>
    /// <param name="progress">Is told how far the conversion is; null for nobody.</param>
    /// <param name="cancellation">Stops the conversion; nothing is left behind then.</param>
    /// <returns>The schema and the counts of missing, negative and rare values.</returns>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="DataFormatException">A row is not what it should be; the message has path, row, column and value.</exception>
    /// <exception cref="IOException">The output exists, or memory or disk do not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="DllNotFoundException">DuckDB's library is missing; the message has the command that installs it.</exception>
    public static ConvertReport Convert(ConvertOptions options, IProgress<ConvertProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new DatasetConverter(options, progress, cancellation).Run();
    }

    private ConvertReport Run()
    {
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(_options.Output));
        DatasetWriter.RequireReplaceable(output, _options.Overwrite);
        string scratch = Path.Combine(
            _options.TemporaryFolder is { } given ? Path.GetFullPath(given) : Path.GetDirectoryName(output)!, $".{Path.GetFileName(output)}.scratch");
        if (Directory.Exists(scratch))
        {
            Directory.Delete(scratch, recursive: true);
        }

        Directory.CreateDirectory(scratch);
        try
        {
            using DuckDbConnection connection = new(new DuckDbOptions
            {
                MemoryLimitBytes = _options.MemoryLimitBytes / 4 * 3,
                SpillFolder = Path.Combine(scratch, "spill"),
                Threads = _options.Threads,
            });
            return Run(connection, output, scratch);
        }
        catch (DuckDbException exception)
        {
            throw exception.At(output);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private ConvertReport Run(DuckDbConnection connection, string output, string scratch)
    {
        DatasetFolder? like = _options.Like is null ? null : DatasetFolder.Open(_options.Like);
        RawStage stage = new(connection, Path.Combine(scratch, "rows"));
        RowSplitter splitter = Stage(connection, stage);
        string vocabularyPath = Path.Combine(scratch, DatasetFolder.VocabularyFileName);
        Vocabulary? vocabulary = null;
        DatasetSchema schema;
        if (like is not null)
        {
            schema = like.Schema with { Train = [], Valid = [], Test = [] };
            if (schema.Ids.Kind == IdEncodingKind.Vocabulary)
            {
                File.Copy(like.VocabularyPath, vocabularyPath);
                vocabulary = Vocabulary.ReadFor(connection, vocabularyPath, schema);
            }
        }
        else if (_options.Encoding == IdEncodingKind.Vocabulary)
        {
            Count(connection, stage, splitter, vocabularyPath);
            vocabulary = Vocabulary.Read(connection, vocabularyPath, _options.Input.Columns.Sparse);
            schema = MakeSchema(
                [.. _options.Input.Columns.Sparse.Select((name, f) => new SparseFeature(name, vocabulary.Tables[f].Rows))],
                new IdEncoding { Kind = IdEncodingKind.Vocabulary, MinFrequency = _options.MinFrequency, VocabularySha256 = vocabulary.Sha256 });
        }
        else
        {
            schema = MakeSchema(
                [.. _options.Input.Columns.Sparse.Select(name => new SparseFeature(name, _options.HashRows))], new IdEncoding { Kind = IdEncodingKind.Hash, Seed = _options.Seed });
        }

        using DatasetWriter writer = new(new DatasetWriterOptions
        {
            Folder = output,
            Overwrite = _options.Overwrite,
            Schema = schema,
            RowsPerFile = _options.RowsPerFile,
            MemoryLimitBytes = Math.Max(_options.MemoryLimitBytes / 4, 64 << 20),
        });
        FeatureEncoder encoder = new(schema, vocabulary);
        Encode(connection, stage, splitter, encoder, writer);
        if (vocabulary is not null)
        {
            File.Move(vocabularyPath, Path.Combine(writer.PartialFolder, DatasetFolder.VocabularyFileName));
        }

        ConvertReport report = new(writer.Complete(), encoder.DenseMissing, encoder.DenseNegative, encoder.SparseMissing, encoder.SparseRare);
        _progress?.Report(new ConvertProgress("done", 1));
        return report;
    }

    private DatasetSchema MakeSchema(IReadOnlyList<SparseFeature> sparse, IdEncoding ids) =>
        new() { Dense = _options.Input.Columns.Dense, Sparse = sparse, Transform = _options.Transform, Ids = ids };

    private RowSplitter Stage(DuckDbConnection connection, RawStage stage)
    {
        IReadOnlyList<string> valid = RawFileList.Find(_options.ValidInputs);
        IReadOnlyList<string> test = RawFileList.Find(_options.TestInputs);

        // What is held out is not trained on, even if a pattern such as day_* fits it too.
        IReadOnlyList<string> train = [.. RawFileList.Find(_options.Inputs).Except([.. valid, .. test])];
        string[] paths = [.. train, .. valid, .. test];
        if (valid.Intersect(test).FirstOrDefault() is { } both)
        {
            throw new DataFormatException($"{both} is named for validation and for testing; leave it out of one.");
        }

        if (train.Count == 0)
        {
            throw new DataFormatException($"{string.Join(", ", _options.Inputs)}: every file is held out for validation or testing; name one to train on.");
        }

        double[] bytes = [.. paths.Select(static path => (double)Math.Max(1, new FileInfo(path).Length))];
        double total = bytes.Sum();
        double done = 0;
        for (int i = 0; i < paths.Length; i++)
        {
            string step = "reading " + Path.GetFileName(paths[i]);
            double size = bytes[i];
            _progress?.Report(new ConvertProgress(step, ReadShare * done / total));
            double before = done;
            stage.Add(
                RawFile.Open(connection, paths[i], _options.Input, isLabelOptional: false),
                fraction => _progress?.Report(new ConvertProgress(step, ReadShare * (before + (fraction * size)) / total)),
                _cancellation);
            done += size;
        }

        if (stage.Rows == 0)
        {
            throw new DataFormatException($"{string.Join(", ", _options.Inputs)}: there are no rows.");
        }

        long trainRows = stage.Files.Take(train.Count).Sum(static file => file.Rows);
        return RowSplitter.Make(_options, stage.Rows, trainRows, stage.Files.Skip(train.Count).Take(valid.Count).Sum(static file => file.Rows));
    }

    private void Count(DuckDbConnection connection, RawStage stage, RowSplitter splitter, string path)
    {
        IReadOnlyList<string> features = _options.Input.Columns.Sparse;
        connection.Execute("CREATE TABLE vocabulary (feature VARCHAR, id INTEGER, value VARCHAR, count BIGINT)");
        for (int f = 0; f < features.Count; f++)
        {
            _progress?.Report(new ConvertProgress("counting " + features[f], ReadShare + (CountShare * f / features.Count)));
            connection.Execute(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"INSERT INTO vocabulary SELECT {DuckDbConnection.Literal(features[f])}, row_number() OVER (ORDER BY k DESC, v) + {VocabularyIndex.First - 1} AS id, v, k FROM (SELECT s{f} AS v, count(*) AS k FROM {stage.Numbered()} WHERE s{f} IS NOT NULL AND {splitter.TrainCondition} GROUP BY v HAVING k >= {_options.MinFrequency}) ORDER BY id"),
                progress: null,
                _cancellation);
        }

        connection.Execute($"COPY vocabulary TO {DuckDbConnection.Literal(path)} (FORMAT parquet, COMPRESSION zstd)", progress: null, _cancellation);
        connection.Execute("DROP TABLE vocabulary");
    }

    private void Encode(DuckDbConnection connection, RawStage stage, RowSplitter splitter, FeatureEncoder encoder, DatasetWriter writer)
    {
        DatasetSplit[] splits = Enum.GetValues<DatasetSplit>();
        Batch batch = new(encoder.DenseMissing.Length, encoder.SparseMissing.Length);
        int[][] rows = [.. splits.Select(static _ => new int[DuckDbAppender.Capacity])];
        int[] counts = new int[splits.Length];
        string columns = string.Join(
            ", ", (string[])["label", .. Enumerable.Range(0, encoder.DenseMissing.Length).Select(static d => $"d{d}"), .. Enumerable.Range(0, encoder.SparseMissing.Length).Select(static s => $"s{s}")]);
        long done = 0;
        if (_options.ShuffleTrain)
        {
            ulong seed = XxHash64.Hash((long)ShufflePurpose, _options.Seed);
            using DuckDbReader reader = connection.Query(
                string.Create(CultureInfo.InvariantCulture, $"SELECT {columns}, CAST(n AS BIGINT) FROM {stage.Numbered()} WHERE {splitter.TrainCondition} ORDER BY {RowHashFunction.Name}({seed}::UBIGINT, n), n"),
                _cancellation);
            while (reader.Read())
            {
                SeededOrder.Keep(rows[0].AsSpan(0, reader.Rows));
                Write(reader, DatasetSplit.Train, reader.Rows, new RowPlace("the shuffled training rows", done));
                done += reader.Rows;
            }
        }

        for (int i = 0; i < stage.Files.Count; i++)
        {
            (RawFile file, long first, long fileRows) = stage.Files[i];
            if (fileRows == 0)
            {
                continue;
            }

            using DuckDbReader reader = connection.Query($"SELECT {columns} FROM {stage.InOrder(i)}", _cancellation);
            for (long row = 0; reader.Read(); row += reader.Rows)
            {
                Array.Clear(counts);
                for (int r = 0; r < reader.Rows; r++)
                {
                    int split = (int)splitter.Of(first + row + r);
                    rows[split][counts[split]++] = r;
                }

                foreach (DatasetSplit split in splits)
                {
                    if (counts[(int)split] > 0 && !(_options.ShuffleTrain && split == DatasetSplit.Train))
                    {
                        Write(reader, split, counts[(int)split], new RowPlace(file.FullPath, row));
                        done += counts[(int)split];
                    }
                }
            }
        }

        if (done != stage.Rows)
        {
            throw new DataFormatException($"{_options.Output}: {done} rows were encoded, but {stage.Rows} were read.");
        }

        void Write(DuckDbReader reader, DatasetSplit split, int count, RowPlace place)
        {
            _cancellation.ThrowIfCancellationRequested();
            encoder.Append(reader, rows[(int)split].AsSpan(0, count), batch, at: 0, place);
            writer.Append(split, batch);
            _progress?.Report(new ConvertProgress("writing", ReadShare + CountShare + ((1 - ReadShare - CountShare) * done / stage.Rows)));
        }
    }
}
