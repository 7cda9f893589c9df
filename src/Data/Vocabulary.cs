using System.Security.Cryptography;
using System.Text;

namespace Dlrm.Data;

/// <summary>The vocabularies of all sparse features, read from <c>vocabulary.parquet</c>.</summary>
internal sealed class Vocabulary
{
    private Vocabulary(VocabularyIndex[] tables, string sha256)
    {
        Tables = tables;
        Sha256 = sha256;
    }

    /// <summary>Gets the index of each feature.</summary>
    internal VocabularyIndex[] Tables { get; }

    /// <summary>Gets the SHA-256 over features and values in order of their ids, each followed by a byte 0xFF, which no UTF-8 has.</summary>
    internal string Sha256 { get; }

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="path">The file.</param>
    /// <param name="features">The sparse features in order.</param>
    /// <returns>The vocabulary.</returns>
    /// <exception cref="DataFormatException">The file is broken or belongs to other features.</exception>
    internal static Vocabulary Read(DuckDbConnection connection, string path, IReadOnlyList<string> features)
    {
        VocabularyIndex[] tables = [.. features.Select(static _ => new VocabularyIndex())];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[][] names = [.. features.Select(Encoding.UTF8.GetBytes)];
        int current = -1;
        try
        {
            using DuckDbReader reader = connection.Query($"SELECT feature, CAST(id AS BIGINT), value FROM read_parquet({DuckDbConnection.FileLiteral(path)})");
            while (reader.Read())
            {
                ReadOnlySpan<StringValue> feature = reader.Column<StringValue>(0);
                ReadOnlySpan<long> ids = reader.Column<long>(1);
                ReadOnlySpan<StringValue> values = reader.Column<StringValue>(2);
                for (int r = 0; r < reader.Rows; r++)
                {
                    ReadOnlySpan<byte> name = StringValue.Bytes(in feature[r]);
                    while (current < 0 || !name.SequenceEqual(names[current]))
                    {
                        if (++current == names.Length)
                        {
                            throw new DataFormatException($"{path} has values of feature {Encoding.UTF8.GetString(name)} where [{string.Join(", ", features)}] are expected in this order.");
                        }

                        hash.AppendData(names[current]);
                        hash.AppendData([0xFF]);
                    }

                    ReadOnlySpan<byte> value = StringValue.Bytes(in values[r]);
                    if (ids[r] != tables[current].Rows || !tables[current].TryAdd(value))
                    {
                        throw new DataFormatException(
                            $"{path}: feature {features[current]} has id {ids[r]} with value '{Encoding.UTF8.GetString(value)}' where id {tables[current].Rows} with a new value is expected.");
                    }

                    hash.AppendData(value);
                    hash.AppendData([0xFF]);
                }
            }
        }
        catch (DuckDbException exception)
        {
            throw exception.At(path);
        }

        return new Vocabulary(tables, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Reads the vocabulary of a schema and checks that it is the schema's.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="path">The file.</param>
    /// <param name="schema">The schema.</param>
    /// <returns>The vocabulary.</returns>
    /// <exception cref="DataFormatException">It is broken or not the schema's.</exception>
    internal static Vocabulary ReadFor(DuckDbConnection connection, string path, DatasetSchema schema)
    {
        Vocabulary vocabulary = Read(connection, path, [.. schema.Sparse.Select(static feature => feature.Name)]);
        for (int f = 0; f < vocabulary.Tables.Length; f++)
        {
            if (vocabulary.Tables[f].Rows != schema.Sparse[f].Rows)
            {
                throw new DataFormatException($"{path} makes table {schema.Sparse[f].Name} {vocabulary.Tables[f].Rows} rows long, but the schema says {schema.Sparse[f].Rows}.");
            }
        }

        return vocabulary.Sha256 == schema.Ids.VocabularySha256
            ? vocabulary
            : throw new DataFormatException($"{path} is not the schema's vocabulary: its SHA-256 is {vocabulary.Sha256}, but {schema.Ids.VocabularySha256} is expected.");
    }
}
